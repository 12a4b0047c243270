#pragma once

#include <string_view>

#include "edge/auth/identity.h"
#include "edge/room/room_policy.h"

namespace edge {

// What a client may do in a room: the rules of its namespace and the rights of its token. Pure; any
// thread. Bans, limits and the application's hooks are others' business.

// NAMESPACE:#USER, in a namespace with personal rooms.
bool IsPersonalRoom(const RoomPolicy& policy, std::string_view room);
bool MayJoin(const RoomPolicy& policy, std::string_view room, const Identity& identity);
// For a member of the room.
bool MayPublish(const RoomPolicy& policy, std::string_view room, const Identity& identity);
// `by` is presence_by or history_by.
bool MayRead(const RoomPolicy& policy, RoomPolicy::By by, std::string_view room, bool is_member,
             const Identity& identity);

}  // namespace edge
