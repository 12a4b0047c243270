#include "edge/room/room_policy.h"

#include "edge/base/name_rules.h"

namespace edge {
namespace {

RoomPolicy::By ByOf(const std::string& setting) {
  using By = RoomPolicy::By;
  if (setting == "authenticated") return By::kAuthenticated;
  if (setting == "member") return By::kMember;
  if (setting == "service") return By::kService;
  return By::kToken;
}

RoomPolicy::Recovery RecoveryOf(const std::string& setting) {
  using Recovery = RoomPolicy::Recovery;
  if (setting == "forced") return Recovery::kForced;
  return setting == "last_value" ? Recovery::kLastValue : Recovery::kOnRequest;
}

RoomPolicy PolicyOf(const gatehouse::v1::NamespaceSettings& settings) {
  return {.client_publish = settings.client_publish(),
          .binary = settings.binary(),
          .presence = settings.presence(),
          .join_leave = settings.join_leave(),
          .echo = settings.echo(),
          .personal = settings.personal(),
          .join_by = ByOf(settings.join_by()),
          .publish_by = ByOf(settings.publish_by()),
          .presence_by = ByOf(settings.presence_by()),
          .history_by = ByOf(settings.history_by()),
          .recovery = RecoveryOf(settings.recovery()),
          .history_size = settings.history_size(),
          .history_age_millis = static_cast<int64_t>(settings.history_age()),
          .max_members = settings.max_members()};
}

}  // namespace

RoomPolicies::RoomPolicies(const gatehouse::v1::Config& config)
    : default_(PolicyOf(config.default_namespace())) {
  for (const auto& settings : config.namespaces()) {
    by_namespace_.emplace(settings.name(), PolicyOf(settings));
  }
  for (const auto& rule : config.hooks().rules()) AddHookRule(rule);
}

void RoomPolicies::AddHookRule(const gatehouse::v1::HookRuleSettings& rule) {
  bool RoomPolicy::*const flag =
      rule.hook() == "join" ? &RoomPolicy::ask_join : &RoomPolicy::ask_message;
  if (rule.hook() != "join" && rule.hook() != "message") return;
  if (rule.namespaces().empty()) {
    default_.*flag = true;
    for (auto& [name, policy] : by_namespace_) policy.*flag = true;
  }
  for (const std::string& name : rule.namespaces()) {
    by_namespace_.try_emplace(name, default_).first->second.*flag = true;
  }
}

const RoomPolicy& RoomPolicies::For(std::string_view room) const {
  const auto found = by_namespace_.find(NamespaceOf(room));
  return found == by_namespace_.end() ? default_ : found->second;
}

}  // namespace edge
