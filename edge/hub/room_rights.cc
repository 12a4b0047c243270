#include "edge/hub/room_rights.h"

namespace edge {
namespace {

// The part of the name behind the namespace and its ':'.
std::string_view LocalName(std::string_view room) {
  return room.substr(room.find(':') + 1);
}

}  // namespace

bool IsPersonalRoom(const RoomPolicy& policy, std::string_view room) {
  return policy.personal && LocalName(room).starts_with('#');
}

bool MayJoin(const RoomPolicy& policy, std::string_view room, const Identity& identity) {
  if (IsPersonalRoom(policy, room)) return LocalName(room).substr(1) == identity.user.view();
  switch (policy.join_by) {
    case RoomPolicy::By::kAuthenticated:
      return true;
    case RoomPolicy::By::kService:
      return false;
    default:
      return identity.grants != nullptr && identity.grants->join.Matches(room);
  }
}

bool MayPublish(const RoomPolicy& policy, std::string_view room, const Identity& identity) {
  if (!policy.client_publish) return false;
  if (policy.publish_by == RoomPolicy::By::kMember) return true;
  return identity.grants != nullptr && identity.grants->publish.Matches(room);
}

bool MayRead(const RoomPolicy& policy, RoomPolicy::By by, std::string_view room, bool is_member,
             const Identity& identity) {
  if (by == RoomPolicy::By::kService) return false;
  return is_member || (by == RoomPolicy::By::kAuthenticated && MayJoin(policy, room, identity));
}

}  // namespace edge
