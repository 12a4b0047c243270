#include "edge/hooks/hook_rules.h"

#include <algorithm>
#include <array>

#include "edge/auth/room_pattern.h"
#include "edge/base/name_rules.h"

namespace edge {
namespace {

constexpr std::array<std::string_view, kHookMethods> kHooks = {"connect", "refresh", "join",
                                                               "message", "rpc",     "events"};
constexpr std::array<std::string_view, 4> kEvents = {"connected", "disconnected", "joined", "left"};

uint8_t EventsOf(const gatehouse::v1::HookRuleSettings& settings) {
  constexpr uint8_t kAll = (1U << kEvents.size()) - 1;
  uint8_t events = settings.events().empty() ? kAll : 0;
  for (const std::string& name : settings.events()) {
    const auto at = std::ranges::find(kEvents, name) - kEvents.begin();
    events = static_cast<uint8_t>((events | (1U << at)) & kAll);
  }
  return events;
}

}  // namespace

HookRules::HookRules(const gatehouse::v1::HookSettings& settings) {
  for (const auto& each : settings.rules()) {
    HookRule rule;
    const auto hook = std::ranges::find(kHooks, each.hook()) - kHooks.begin();
    if (hook == static_cast<ptrdiff_t>(kHooks.size())) continue;
    rule.method = static_cast<HookMethod>(hook);
    const auto service = std::ranges::find_if(
        settings.services(), [&](const auto& one) { return one.name() == each.service(); });
    if (service == settings.services().end()) continue;
    rule.service = static_cast<size_t>(service - settings.services().begin());
    rule.fail_open = each.on_failure() == "allow";
    rule.namespaces.assign(each.namespaces().begin(), each.namespaces().end());
    rule.methods.assign(each.methods().begin(), each.methods().end());
    if (rule.method == HookMethod::kEvents) events_ = EventsOf(each);
    rules_.push_back(std::move(rule));
  }
}

const HookRule* HookRules::Find(HookMethod method, std::string_view name) const {
  const bool by_room = method == HookMethod::kJoin || method == HookMethod::kMessage;
  for (const HookRule& rule : rules_) {
    if (rule.method != method) continue;
    const bool in_namespace =
        !by_room || rule.namespaces.empty() ||
        std::ranges::find(rule.namespaces, NamespaceOf(name)) != rule.namespaces.end();
    const bool of_methods = method != HookMethod::kRpc || rule.methods.empty() ||
                            std::ranges::any_of(rule.methods, [&](const std::string& pattern) {
                              return MatchesRoomPattern(pattern, name);
                            });
    if (in_namespace && of_methods) return &rule;
  }
  return nullptr;
}

}  // namespace edge
