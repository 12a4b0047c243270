#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "edge/base/ids.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// What may happen in the rooms of a namespace; the meanings are config.proto's.
struct RoomPolicy {
  // Whom a right of clients is given to.
  enum class By : uint8_t { kToken, kAuthenticated, kMember, kService };
  enum class Recovery : uint8_t { kOnRequest, kForced, kLastValue };

  bool client_publish = true;
  bool binary = false;
  bool presence = true;
  bool join_leave = false;
  bool echo = true;
  bool personal = false;
  By join_by = By::kToken;
  By publish_by = By::kToken;
  By presence_by = By::kMember;
  By history_by = By::kMember;
  Recovery recovery = Recovery::kOnRequest;
  uint32_t history_size = 0;
  int64_t history_age_millis = 300000;
  uint32_t max_members = 100000;
  bool ask_join = false;     // hooks.rules has a rule for joins of these rooms
  bool ask_message = false;  // and for messages
};

// The policies of a configuration. Immutable, any thread. Look-up O(1).
class RoomPolicies {
 public:
  explicit RoomPolicies(const gatehouse::v1::Config& config);
  // Of the room's namespace, or the default.
  const RoomPolicy& For(std::string_view room) const;

 private:
  void AddHookRule(const gatehouse::v1::HookRuleSettings& rule);

  RoomPolicy default_;
  absl::flat_hash_map<std::string, RoomPolicy, IdHash, IdEqual> by_namespace_;
};

}  // namespace edge
