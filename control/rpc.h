#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The RPCs of gatehouse.v1.ControlService. A test holds the lists against the service's descriptor.

// Each has a handler of the same name.
#define GATEHOUSE_UNARY_RPCS(X) \
  X(Broadcast)                  \
  X(SendToUsers)                \
  X(SendToConnections)          \
  X(GetHistory)                 \
  X(RemoveHistory)              \
  X(Kick)                       \
  X(Ban)                        \
  X(Unban)                      \
  X(ListBans)                   \
  X(CreateTicket)               \
  X(RevokeTokens)               \
  X(ListRevocations)            \
  X(GetPresence)                \
  X(GetPresenceStats)           \
  X(AddMembers)                 \
  X(RemoveMembers)              \
  X(ListMemberships)            \
  X(ListRooms)                  \
  X(ListUserRooms)              \
  X(ListConnections)            \
  X(GetConnection)              \
  X(GetNodes)

#define GATEHOUSE_STREAM_RPCS(X) \
  X(BroadcastStream)             \
  X(WatchPresence)               \
  X(WatchEvents)                 \
  X(Attach)

namespace control {

// The unary ones first.
enum class Rpc : uint8_t {
#define GATEHOUSE_ENUMERATE(name) k##name,
  GATEHOUSE_UNARY_RPCS(GATEHOUSE_ENUMERATE) GATEHOUSE_STREAM_RPCS(GATEHOUSE_ENUMERATE)
#undef GATEHOUSE_ENUMERATE
};

#define GATEHOUSE_NAME(name) #name,
inline constexpr std::string_view kRpcNames[] = {GATEHOUSE_UNARY_RPCS(GATEHOUSE_NAME)
                                                     GATEHOUSE_STREAM_RPCS(GATEHOUSE_NAME)};
#undef GATEHOUSE_NAME
inline constexpr size_t kFirstStream = static_cast<size_t>(Rpc::kBroadcastStream);

constexpr std::string_view NameOf(Rpc rpc) {
  return kRpcNames[static_cast<size_t>(rpc)];
}

}  // namespace control
