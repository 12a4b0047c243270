#include "edge/config/override_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "edge/base/text.h"
#include "edge/config/nearest_name.h"
#include "edge/config/setting.h"
#include "edge/config/setting_path.h"

namespace edge {
namespace {

using google::protobuf::Message;

constexpr std::string_view kPrefix = "GATEHOUSE_";

struct Override {
  std::string place;
  SettingPath path;
  std::string_view text;
};

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// In the order of config.proto and of the indices, so that a list's entries are added one after
// another whatever the order of the environment.
bool IsBefore(const Override& a, const Override& b) {
  return std::ranges::lexicographical_compare(
      a.path, b.path, [](const PathStep& x, const PathStep& y) {
        return std::pair(x.field->number(), x.index) < std::pair(y.field->number(), y.index);
      });
}

// "a, b" without the spaces.
std::vector<std::string_view> SplitList(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.push_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

// The block that `path` ends in; the next entry of a list is added. Null: an error was added.
Message* BlockOf(const Override& given, ConfigDraft& draft) {
  Message* block = &draft.config;
  for (size_t i = 0; i + 1 < given.path.size(); ++i) {
    const PathStep& step = given.path[i];
    const auto& reflection = *block->GetReflection();
    if (step.index < 0) {
      block = reflection.MutableMessage(block, step.field);
      continue;
    }
    const int size = reflection.FieldSize(*block, step.field);
    const SettingPath entry(given.path.begin(), given.path.begin() + static_cast<ptrdiff_t>(i) + 1);
    if (step.index > size) {
      draft.AddErrorAt(given.place, SettingKey(given.path),
                       fmt::format("the list has {} entries so far; the next is [{}]", size, size));
      return nullptr;
    }
    if (step.index == size) {
      SetDefaults(*reflection.AddMessage(block, step.field));
      draft.Note(SettingKey(entry), given.place);
    }
    block = reflection.MutableRepeatedMessage(block, step.field, step.index);
  }
  return block;
}

void Lay(const Override& given, ConfigDraft& draft) {
  const std::string key = SettingKey(given.path);
  const auto& field = *given.path.back().field;
  if (IsBlock(field)) {
    const std::string& inner = field.message_type()->field(0)->name();
    const bool list = field.is_repeated() && given.path.back().index < 0;
    draft.AddErrorAt(given.place, key,
                     fmt::format("is a block, not a value; set what is in it, such as {}{}.{}", key,
                                 list ? "[0]" : "", inner));
    return;
  }
  Message* const block = BlockOf(given, draft);
  if (block == nullptr) return;
  draft.Note(key, given.place);
  if (!field.is_repeated()) {
    const absl::Status set = SetSetting(field, given.text, *block);
    if (!set.ok()) draft.AddError(key, ToStd(set.message()));
    return;
  }
  block->GetReflection()->ClearField(block, &field);
  for (const std::string_view item : SplitList(given.text)) {
    const absl::Status set = SetSetting(field, item, *block);
    if (!set.ok()) draft.AddError(key, ToStd(set.message()));
  }
}

void LayAll(std::vector<Override> given, ConfigDraft& draft) {
  std::ranges::stable_sort(given, IsBefore);
  for (const Override& each : given) Lay(each, draft);
}

// Indices become N, as KnownSettings() has them; `indices` gets what they were.
std::string WithoutIndices(std::string_view name, char separator,
                           std::vector<std::string>& indices) {
  std::string out;
  while (true) {
    const size_t end = std::min(name.find(separator), name.size());
    const std::string_view part = name.substr(0, end);
    if (IsDigits(part)) indices.emplace_back(part);
    out += IsDigits(part) ? "N" : part;
    if (end == name.size()) return out;
    out += separator;
    name.remove_prefix(end + 1);
  }
}

std::string WithIndices(std::string_view name, char separator,
                        const std::vector<std::string>& indices) {
  std::string out;
  size_t next = 0;
  while (true) {
    const size_t end = std::min(name.find(separator), name.size());
    const std::string_view part = name.substr(0, end);
    out += part == "N" && next < indices.size() ? std::string_view(indices[next++]) : part;
    if (end == name.size()) return out;
    out += separator;
    name.remove_prefix(end + 1);
  }
}

// The known name most like `name`, with the indices of `name`.
std::optional<std::string> Suggested(std::string_view name, char separator,
                                     const std::vector<std::string>& known) {
  std::vector<std::string> indices;
  const std::string plain = WithoutIndices(name, separator, indices);
  const std::optional<std::string> near = NearestName(plain, known);
  if (!near) return std::nullopt;
  return WithIndices(*near, separator, indices);
}

std::optional<std::string> SuggestedVariable(std::string_view name) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names;
    for (const KnownSetting& setting : KnownSettings()) {
      names.push_back(setting.environment.substr(kPrefix.size()));
    }
    for (const auto& [variable, use] : OtherVariables())
      names.push_back(variable.substr(kPrefix.size()));
    return names;
  }();
  const std::optional<std::string> near = Suggested(name.substr(kPrefix.size()), '_', known);
  if (!near) return std::nullopt;
  return std::string(kPrefix) + *near;
}

// auth.keys[0].kid -> auth.keys.0.kid
std::string Dotted(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c != ']') out += c == '[' ? '.' : c;
  }
  return out;
}

std::optional<std::string> SuggestedKey(std::string_view key) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> keys = KnownSettingKeys();
    std::ranges::transform(keys, keys.begin(), Dotted);
    return keys;
  }();
  std::optional<std::string> near = Suggested(Dotted(key), '.', known);
  const std::optional<SettingPath> path = near ? ParseSettingKey(*near) : std::nullopt;
  if (!path) return near;
  return SettingKey(*path);
}

std::string Question(const std::optional<std::string>& suggested) {
  return suggested ? fmt::format("did you mean {}?", *suggested)
                   : "`gatehouse print-config --reference` lists them";
}

bool IsOtherVariable(std::string_view name) {
  return std::ranges::any_of(OtherVariables(),
                             [&](const auto& other) { return other.first == name; });
}

// What Kubernetes and Docker put into the environment for a service whose name begins with
// "gatehouse": GATEHOUSE_SERVICE_HOST, GATEHOUSE_PORT=tcp://10.0.0.1:9090,
// GATEHOUSE_PORT_9090_TCP_ADDR.
bool IsServiceLink(std::string_view name, std::string_view value) {
  const std::string_view rest = name.substr(kPrefix.size() - 1);  // with its '_'
  if (rest.ends_with("_SERVICE_HOST") || rest.ends_with("_SERVICE_PORT")) return true;
  if (rest.find("_SERVICE_PORT_") != std::string_view::npos) return true;
  if (rest.ends_with("_PORT")) return value.find("://") != std::string_view::npos;
  for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"}) {
    const size_t end = rest.find(protocol);
    if (end == std::string_view::npos) continue;
    const size_t start = rest.rfind('_', end - 1);
    if (end == 0 || start == std::string_view::npos) continue;
    if (!IsDigits(rest.substr(start + 1, end - start - 1))) continue;
    if (rest.substr(0, start).ends_with("_PORT")) return true;
  }
  return false;
}

}  // namespace

const NamedTexts& OtherVariables() {
  static const NamedTexts others = {
      {"GATEHOUSE_CONFIG", "The configuration file when `--config` is not given."},
      {"GATEHOUSE_API_KEY", "The API key of `gatehouse call` when `--key` is not given."},
      {"GATEHOUSE_JOBS", "Compilers that `scripts/build` runs at once."},
      {"GATEHOUSE_BASE", "The commit that `scripts/check` compares with."},
      {"GATEHOUSE_BINARY", "The program that the tests run."},
  };
  return others;
}

void LayEnvironment(const NamedTexts& environment, ConfigDraft& draft) {
  std::vector<Override> given;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    if (std::optional<SettingPath> path = ParseEnvironmentName(name)) {
      given.push_back({name, *std::move(path), text});
      continue;
    }
    if (IsOtherVariable(name) || IsServiceLink(name, text)) continue;
    const std::optional<std::string> near = SuggestedVariable(name);
    draft.AddErrorAt(name, "", fmt::format("no setting has this variable; {}", Question(near)));
    if (const auto path = near ? ParseEnvironmentName(*near) : std::nullopt)
      draft.Excuse(SettingKey(*path));
  }
  LayAll(std::move(given), draft);
}

void LayFlags(const NamedTexts& flags, ConfigDraft& draft) {
  std::vector<Override> given;
  for (const auto& [key, text] : flags) {
    if (std::optional<SettingPath> path = ParseSettingKey(key)) {
      given.push_back({"--set", *std::move(path), text});
      continue;
    }
    const std::optional<std::string> near = SuggestedKey(key);
    draft.AddErrorAt("--set", Quoted(key), fmt::format("unknown key; {}", Question(near)));
    if (near) draft.Excuse(*near);
  }
  LayAll(std::move(given), draft);
}

}  // namespace edge
