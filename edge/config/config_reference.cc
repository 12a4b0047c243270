#include "edge/config/config_reference.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <string_view>

#include "edge/config/override_layer.h"
#include "edge/config/setting.h"
#include "edge/config/setting_path.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr std::string_view kIntroduction = R"(# Configuration

Generated from [proto/gatehouse/v1/config.proto](../proto/gatehouse/v1/config.proto) by
`gatehouse print-config --reference`; change it there.

Every setting has a default, and can be given in three places. Later ones win:

1. the file: `--config FILE`, or `GATEHOUSE_CONFIG`;
2. the environment: the variable in the tables below;
3. the command line: `--set KEY=VALUE`, as often as needed.

```yaml
client:
  listen: 0.0.0.0:8080
  allowed_origins:
    - https://app.example.com
auth:
  keys:
    - kid: "2026-01"
      algorithm: HS256
      secret_file: /etc/gatehouse/token-secret
control:
  api_keys:
    - name: chat-service
      sha256: 1c4d7b0f6c7f5e0e2f8a55d1f6c3a8f4a8b5b2f5f1a7e6c9d0b3e4f5a6b7c8d9
```

```sh
GATEHOUSE_CLIENT_LISTEN=0.0.0.0:80 gatehouse serve --config gatehouse.yaml --set log.level=debug
```

An unknown key, an unknown variable that begins with `GATEHOUSE_`, and a value that is not allowed
are errors. `gatehouse check-config` says all of them at once, one a line, with the file and line, the
variable or the flag; it takes the same options as `serve`. `gatehouse print-config` prints what is in
force, as YAML that can be loaded again. Secrets are neither printed nor shown in an error: where one was
stands `# secret: ***`.

## How values are written

| Kind | Written |
|---|---|
| text | As it is; in quotes where YAML would read something else from it (`"#1"`, `"a: b"`). `""` is none. |
| yes or no | `true` or `false`, nothing else. |
| count | Digits only. |
| time | With its unit: `500ms`, `1.5s`, `25s`, `5m`, `1h`. |
| size | Bytes, or with a unit of 1,024: `512`, `64KiB`, `1.5MiB`, `1GiB`. |
| address | `HOST:PORT` or `[IPV6]:PORT`. Port 0 takes a free one. |
| file | A path, from the folder the program was started in. It must be readable at start. |
| list | In the file a YAML list. In the environment and for `--set` separated by commas: `a,b`; empty is no entry. It replaces the list of the place before. |
| list of blocks | In the file a list, which replaces the one before. In the environment and for `--set` by the index, from 0: `GATEHOUSE_AUTH_KEYS_0_SECRET`, `--set auth.keys.0.kid=a` (or `'auth.keys[0].kid=a'`). An entry that is there is changed, the next index adds one, and none may be left out. |

## Development

`--dev` is for one's own machine. What is not given explicitly is then:

- `auth.keys`: one key, `kid: dev`, with a secret of this user of this machine. It is made at the first
  start and kept in `$XDG_STATE_HOME/gatehouse/dev-secret` (`~/.local/state/gatehouse/dev-secret`),
  readable for nobody else; where neither can be written, in `$TMPDIR/gatehouse-UID/dev-secret`. So
  `gatehouse token --dev` signs what `gatehouse serve --dev` accepts.
- `client.allowed_origins`: `*`.
- `control.allow_unauthenticated`: `true`. `control.listen` must then be loopback.

Without it nothing insecure is on, and a start is refused unless there is a key for tokens and, as long
as the control API listens, somebody who may call it.

## Variables that are no settings

)";

constexpr std::string_view kAfterVariables =
    "\nWhat Kubernetes and Docker set for a service whose name begins with `gatehouse`\n"
    "(`GATEHOUSE_SERVICE_HOST`, `GATEHOUSE_PORT_9090_TCP_ADDR`, ...) is ignored.\n";

// Inside a cell of a table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string Default(const FieldDescriptor& field) {
  const auto& setting = SettingOf(field);
  if (field.is_repeated()) return "none";
  if (!setting.default_value().empty()) return fmt::format("`{}`", setting.default_value());
  return setting.required() ? "required" : "none";
}

std::string Allowed(const FieldDescriptor& field) {
  const std::string text = AllowedText(field);
  const std::string allowed = SettingOf(field).secret() ? text + "; never shown" : text;
  return Cell(field.is_repeated() ? "list of " + allowed : allowed);
}

void AddTable(const Descriptor& type, const std::string& variable, std::string& out) {
  out += "| Key | Variable | Default | Allowed | |\n|---|---|---|---|---|\n";
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsBlock(field)) continue;
    out += fmt::format("| `{}` | `{}_{}` | {} | {} | {} |\n", field.name(), variable,
                       EnvironmentPart(field), Default(field), Allowed(field),
                       Cell(SettingOf(field).help()));
  }
}

void AddBlocks(const Descriptor& type, const std::string& outer, const std::string& variable,
               std::string& out) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsBlock(field)) continue;
    const std::string_view index = field.is_repeated() ? "[N]" : "";
    const std::string key =
        fmt::format("{}{}{}{}", outer, outer.empty() ? "" : ".", field.name(), index);
    const std::string prefix =
        fmt::format("{}_{}{}", variable, EnvironmentPart(field), field.is_repeated() ? "_N" : "");
    out += fmt::format("\n{} {}\n\n{}\n\n", outer.empty() ? "##" : "###", key,
                       SettingOf(field).help());
    AddTable(*field.message_type(), prefix, out);
    AddBlocks(*field.message_type(), key, prefix, out);
  }
}

}  // namespace

std::string ConfigReference() {
  std::string out(kIntroduction);
  for (const auto& [name, use] : OtherVariables()) out += fmt::format("- `{}`: {}\n", name, use);
  out += kAfterVariables;
  AddBlocks(*gatehouse::v1::Config::descriptor(), "", "GATEHOUSE", out);
  return out;
}

}  // namespace edge
