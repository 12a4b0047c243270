#include "edge/config/config_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edge/base/name_rules.h"
#include "edge/base/text.h"
#include "edge/config/address.h"
#include "edge/config/setting.h"
#include "edge/config/small_file.h"

namespace edge {
namespace {

using gatehouse::v1::TokenKeySettings;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kLeastSecretBytes = 32;  // RFC 7518, 3.2: a key as long as HS256's hash

// What the declaration of `field` promises beyond its syntax.
void CheckDeclared(const Message& block, const FieldDescriptor& field, const std::string& key,
                   ConfigDraft& draft) {
  const auto& setting = SettingOf(field);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || field.is_repeated()) return;
  if (draft.HasErrorNear(key)) return;
  const std::string value = PrintSetting(block, field);
  if (value.empty()) {
    if (!setting.required()) return;
    draft.AddError(key, draft.Given(key)
                            ? fmt::format("must not be empty; allowed: {}", AllowedText(field))
                            : fmt::format("is missing; allowed: {}", AllowedText(field)));
    return;
  }
  if (setting.unit() != gatehouse::v1::SETTING_UNIT_FILE) return;
  const absl::Status readable = CheckReadable(value);
  if (!readable.ok()) {
    draft.AddError(key, fmt::format("{} {}; allowed: {}", Quoted(value), ToStd(readable.message()),
                                    AllowedText(field)));
  }
}

void CheckDeclarations(const Message& block, const std::string& outer, ConfigDraft& draft) {
  const auto& type = *block.GetDescriptor();
  const auto& reflection = *block.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string key =
        outer.empty() ? field.name() : fmt::format("{}.{}", outer, field.name());
    if (!IsBlock(field)) {
      CheckDeclared(block, field, key, draft);
    } else if (!field.is_repeated()) {
      CheckDeclarations(reflection.GetMessage(block, &field), key, draft);
    } else {
      for (int n = 0; n < reflection.FieldSize(block, &field); ++n) {
        CheckDeclarations(reflection.GetRepeatedMessage(block, &field, n),
                          fmt::format("{}[{}]", key, n), draft);
      }
    }
  }
}

// The length of the secret in bytes; nothing when it is not given or not readable.
std::optional<size_t> SecretSize(const TokenKeySettings& key) {
  if (key.secret_file().empty()) return key.secret().size();
  const absl::StatusOr<std::string> text = ReadSmallFile(key.secret_file());
  if (!text.ok()) return std::nullopt;
  return text->size() - (text->ends_with('\n') ? 1 : 0);
}

void CheckKeySource(const TokenKeySettings& key, const std::string& at, ConfigDraft& draft) {
  const std::array<std::pair<std::string_view, bool>, 4> sources = {{
      {"secret", !key.secret().empty()},
      {"secret_file", !key.secret_file().empty()},
      {"public_key", !key.public_key().empty()},
      {"public_key_file", !key.public_key_file().empty()},
  }};
  std::vector<std::string_view> given;
  for (const auto& [name, is_given] : sources) {
    if (is_given) given.push_back(name);
  }
  const bool hmac = key.algorithm().starts_with("HS");
  const std::string_view allowed = hmac ? "secret, secret_file" : "public_key, public_key_file";
  if (given.size() != 1) {
    draft.AddError(at,
                   fmt::format("{} needs exactly one of {}; given: {}", key.algorithm(), allowed,
                               given.empty() ? "none" : fmt::format("{}", fmt::join(given, ", "))));
  } else if (hmac != given[0].starts_with("secret")) {
    draft.AddError(fmt::format("{}.{}", at, given[0]),
                   fmt::format("does not go with {}; allowed: {}", key.algorithm(), allowed));
  } else if (const std::optional<size_t> size = hmac ? SecretSize(key) : std::nullopt;
             size && *size < kLeastSecretBytes) {
    draft.AddError(
        fmt::format("{}.{}", at, given[0]),
        fmt::format("the secret is {} bytes, the least allowed is {}; openssl rand -hex 32 "
                    "makes one",
                    *size, kLeastSecretBytes));
  }
}

// Whether what CheckKeySource would look at is known to be wrong already.
bool HasSourceError(const std::string& at, const ConfigDraft& draft) {
  constexpr std::array<std::string_view, 5> kLookedAt = {".algorithm", ".secret", ".secret_file",
                                                         ".public_key", ".public_key_file"};
  return std::ranges::any_of(kLookedAt, [&](std::string_view name) {
    return draft.HasErrorNear(fmt::format("{}{}", at, name));
  });
}

void CheckKeys(ConfigDraft& draft) {
  const auto& keys = draft.config.auth().keys();
  const bool others = draft.config.auth().jwks_size() > 0 || draft.HasErrorNear("auth.jwks") ||
                      AsksOnConnect(draft.config);
  if (keys.empty() && !draft.HasErrorNear("auth.keys") && !others) {
    draft.AddError(
        "auth.keys",
        "at least one key is needed, or auth.jwks, or a connect hook, or no client could "
        "connect; for "
        "development start with --dev, which has a secret of this machine");
  }
  std::map<std::string, int> kids;
  for (int i = 0; i < keys.size(); ++i) {
    const std::string at = fmt::format("auth.keys[{}]", i);
    if (!HasSourceError(at, draft)) CheckKeySource(keys[i], at, draft);
    if (draft.HasErrorNear(at + ".kid")) continue;
    const auto [first, is_new] = kids.emplace(keys[i].kid(), i);
    if (!is_new) {
      draft.AddError(at + ".kid",
                     fmt::format("{} is the kid of auth.keys[{}] as well; each key needs its own",
                                 Quoted(keys[i].kid()), first->second));
    }
  }
}

void CheckOrigins(ConfigDraft& draft, bool dev) {
  const auto& origins = draft.config.client().allowed_origins();
  for (int i = 0; i < origins.size(); ++i) {
    if (dev || origins[i] != "*") continue;
    draft.AddError(
        fmt::format("client.allowed_origins[{}]", i),
        "\"*\" lets any page connect, which is for --dev only; allowed: https://app.example.com, "
        "https://*.example.com");
  }
}

void CheckNamespaces(ConfigDraft& draft) {
  if (const std::string& name = draft.config.default_namespace().name(); !name.empty()) {
    draft.AddError(
        "default_namespace.name",
        fmt::format("{} must be empty here; a namespace's own policy goes into namespaces",
                    Quoted(name)));
  }
  std::map<std::string, int> names;
  const auto& namespaces = draft.config.namespaces();
  for (int i = 0; i < namespaces.size(); ++i) {
    const std::string& name = namespaces[i].name();
    const std::string key = fmt::format("namespaces[{}].name", i);
    if (draft.HasErrorNear(key)) continue;
    const auto [first, is_new] = names.emplace(name, i);
    if (name.empty()) {
      draft.AddError(key, "is missing; rooms without a namespace follow default_namespace");
    } else if (const absl::Status valid = CheckRoomName(name);
               !valid.ok() || name.find(':') != std::string::npos) {
      draft.AddError(
          key, fmt::format("{} is no namespace; allowed: 1 to 255 of A-Z a-z 0-9 _-.#@/=+~,!$",
                           Quoted(name)));
    } else if (!is_new) {
      draft.AddError(key, fmt::format("{} is the name of namespaces[{}] as well", Quoted(name),
                                      first->second));
    }
  }
}

// One listener would take what is meant for the other, or not start.
void CheckListeners(ConfigDraft& draft) {
  const std::array<std::pair<std::string_view, std::string>, 3> listeners = {{
      {"client.listen", draft.config.client().listen()},
      {"control.listen", draft.config.control().listen()},
      {"admin.listen", draft.config.admin().listen()},
  }};
  for (size_t i = 1; i < listeners.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const auto mine = ParseAddress(listeners[i].second);
      const auto other = ParseAddress(listeners[j].second);
      if (!mine || !other || mine->port == 0 || mine->port != other->port) continue;
      if (mine->host != other->host && !mine->IsAny() && !other->IsAny()) continue;
      draft.AddError(listeners[i].first,
                     fmt::format("{} is taken by {}, {}", Quoted(listeners[i].second),
                                 listeners[j].first, Quoted(listeners[j].second)));
    }
  }
}

void CheckClientTls(ConfigDraft& draft) {
  const auto& tls = draft.config.client().tls();
  if (draft.HasErrorNear("client.tls.certificate_file") ||
      draft.HasErrorNear("client.tls.key_file")) {
    return;
  }
  CheckCertificatePair(draft, "client.tls", tls.certificate_file(), tls.key_file());
}

}  // namespace

void CheckCertificatePair(ConfigDraft& draft, std::string_view block, std::string_view certificate,
                          std::string_view key) {
  if (certificate.empty() == key.empty()) return;
  draft.AddError(fmt::format("{}.{}", block, key.empty() ? "key_file" : "certificate_file"),
                 fmt::format("is missing; {} is given, and each needs the other",
                             key.empty() ? "certificate_file" : "key_file"));
}

void CheckRules(ConfigDraft& draft, bool dev) {
  CheckDeclarations(draft.config, "", draft);
  CheckKeys(draft);
  CheckJwksRules(draft);
  CheckOrigins(draft, dev);
  CheckClientTls(draft);
  CheckControlRules(draft, dev);
  CheckNamespaces(draft);
  CheckHookRules(draft);
  CheckListeners(draft);
}

}  // namespace edge
