#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "edge/base/endpoint_url.h"
#include "edge/base/name_rules.h"
#include "edge/base/text.h"
#include "edge/config/config_rules.h"
#include "edge/config/setting.h"
#include "edge/config/small_file.h"

namespace edge {
namespace {

using gatehouse::v1::HookKeySettings;
using gatehouse::v1::HookRuleSettings;
using gatehouse::v1::HookServiceSettings;

constexpr int kMostEndpoints = 16;
constexpr int kMostKeys = 2;
constexpr size_t kLeastSecretBytes = 32;

void CheckEndpoints(const HookServiceSettings& service, const std::string& at, ConfigDraft& draft) {
  const int count = service.endpoints_size();
  if (count == 0 || count > kMostEndpoints) {
    draft.AddError(at + ".endpoints",
                   fmt::format("{} are given; allowed: 1 to {}, or none with attached: true", count,
                               kMostEndpoints));
  }
  constexpr std::array<std::string_view, 4> kSchemes = {"http", "https", "grpc", "grpcs"};
  for (int i = 0; i < count; ++i) {
    const auto url = ParseEndpointUrl(service.endpoints(i));
    const bool grpc = url && url->scheme.starts_with("grpc");
    const bool known = url && std::ranges::find(kSchemes, url->scheme) != kSchemes.end();
    if (known && !(grpc && (url->path.size() > 1 || url->port == 0))) continue;
    draft.AddError(fmt::format("{}.endpoints[{}]", at, i),
                   fmt::format("{} is no endpoint; allowed: http://HOST:PORT/PATH, https://…, "
                               "grpc://HOST:PORT, grpcs://HOST:PORT",
                               Quoted(service.endpoints(i))));
  }
}

void CheckSigningKey(const HookKeySettings& key, const std::string& at, ConfigDraft& draft) {
  if (draft.HasErrorNear(at + ".secret_file")) return;
  if (key.secret().empty() == key.secret_file().empty()) {
    return draft.AddError(at, "needs exactly one of secret, secret_file");
  }
  size_t size = key.secret().size();
  if (!key.secret_file().empty()) {
    const absl::StatusOr<std::string> text = ReadSmallFile(key.secret_file());
    if (!text.ok()) return;
    size = text->size() - (text->ends_with('\n') ? 1 : 0);
  }
  if (size >= kLeastSecretBytes) return;
  draft.AddError(at, fmt::format("the secret is {} bytes, the least allowed is {}; openssl rand "
                                 "-hex 32 makes one",
                                 size, kLeastSecretBytes));
}

// A service whose workers attach calls nobody.
void CheckAttached(const HookServiceSettings& service, const std::string& at, ConfigDraft& draft) {
  const auto refuse = [&](bool given, std::string_view key) {
    if (!given) return;
    draft.AddError(fmt::format("{}.{}", at, key),
                   "is for services with endpoints; this one has attached: true");
  };
  refuse(service.endpoints_size() > 0, "endpoints");
  refuse(service.signing_keys_size() > 0, "signing_keys");
  refuse(!service.bearer().empty(), "bearer");
  refuse(!service.bearer_file().empty(), "bearer_file");
  const auto& tls = service.tls();
  refuse(!tls.ca_file().empty() || !tls.certificate_file().empty() || !tls.key_file().empty(),
         "tls");
  const auto& control = draft.config.control();
  if (control.listen().empty() && control.unix_socket().empty()) {
    draft.AddError(at + ".attached",
                   "true needs the control API, which workers dial: set control.listen or "
                   "control.unix_socket");
  }
}

void CheckService(const HookServiceSettings& service, const std::string& at, ConfigDraft& draft) {
  if (service.attached()) return CheckAttached(service, at, draft);
  if (!draft.HasErrorNear(at + ".endpoints")) CheckEndpoints(service, at, draft);
  if (service.signing_keys_size() > kMostKeys) {
    draft.AddError(at + ".signing_keys",
                   fmt::format("{} are given; allowed: at most {}: the new one and the old",
                               service.signing_keys_size(), kMostKeys));
  }
  for (int i = 0; i < service.signing_keys_size(); ++i) {
    CheckSigningKey(service.signing_keys(i), fmt::format("{}.signing_keys[{}]", at, i), draft);
  }
  if (!service.bearer().empty() && !service.bearer_file().empty()) {
    draft.AddError(at + ".bearer_file", "does not go with bearer; give one of them");
  }
  CheckCertificatePair(draft, at + ".tls", service.tls().certificate_file(),
                       service.tls().key_file());
}

void CheckEventNames(const HookRuleSettings& rule, const std::string& at, ConfigDraft& draft) {
  constexpr std::array<std::string_view, 4> kEvents = {"connected", "disconnected", "joined",
                                                       "left"};
  for (int i = 0; i < rule.events_size(); ++i) {
    if (std::ranges::find(kEvents, rule.events(i)) != kEvents.end()) continue;
    draft.AddError(fmt::format("{}.events[{}]", at, i),
                   fmt::format("{} is no event; allowed: connected, disconnected, joined, left",
                               Quoted(rule.events(i))));
  }
}

// A list that the rule's hook does not look at would be taken for a restriction.
void CheckLists(const HookRuleSettings& rule, const std::string& at, ConfigDraft& draft) {
  const std::string& hook = rule.hook();
  const auto refuse = [&](bool wrong, std::string_view key, std::string_view goes_with) {
    if (wrong) {
      draft.AddError(fmt::format("{}.{}", at, key), fmt::format("goes with {} only", goes_with));
    }
  };
  refuse(rule.namespaces_size() > 0 && hook != "join" && hook != "message", "namespaces",
         "join and message");
  refuse(rule.methods_size() > 0 && hook != "rpc", "methods", "rpc");
  refuse(rule.events_size() > 0 && hook != "events", "events", "events");
  refuse(rule.on_failure() == "allow" && (hook == "rpc" || hook == "events"), "on_failure: allow",
         "connect, refresh, join and message");
  for (int i = 0; i < rule.namespaces_size(); ++i) {
    const std::string& name = rule.namespaces(i);
    if (CheckRoomName(name).ok() && name.find(':') == std::string::npos) continue;
    draft.AddError(
        fmt::format("{}.namespaces[{}]", at, i),
        fmt::format("{} is no namespace: the part of a room's name before its ':'", Quoted(name)));
  }
  CheckEventNames(rule, at, draft);
}

}  // namespace

bool AsksOnConnect(const gatehouse::v1::Config& config) {
  return std::ranges::any_of(config.hooks().rules(),
                             [](const auto& rule) { return rule.hook() == "connect"; });
}

void CheckHookRules(ConfigDraft& draft) {
  const auto& hooks = draft.config.hooks();
  std::set<std::string> names;
  for (int i = 0; i < hooks.services_size(); ++i) {
    const std::string at = fmt::format("hooks.services[{}]", i);
    const std::string& name = hooks.services(i).name();
    if (!name.empty() && !names.insert(name).second) {
      draft.AddError(at + ".name",
                     fmt::format("{} is the name of another service as well", Quoted(name)));
    }
    CheckService(hooks.services(i), at, draft);
  }
  std::map<std::string, int> single;
  for (int i = 0; i < hooks.rules_size(); ++i) {
    const HookRuleSettings& rule = hooks.rules(i);
    const std::string at = fmt::format("hooks.rules[{}]", i);
    if (!rule.service().empty() && !names.contains(rule.service())) {
      draft.AddError(at + ".service",
                     fmt::format("{} is not in hooks.services", Quoted(rule.service())));
    }
    if (draft.HasErrorNear(at + ".hook")) continue;
    CheckLists(rule, at, draft);
    const bool one_only =
        rule.hook() == "connect" || rule.hook() == "refresh" || rule.hook() == "events";
    const auto [first, is_new] = single.emplace(rule.hook(), i);
    if (one_only && !is_new) {
      draft.AddError(at, fmt::format("hooks.rules[{}] has the hook {} already, and decides",
                                     first->second, rule.hook()));
    }
  }
}

}  // namespace edge
