#pragma once

#include <cstdint>
#include <string>

#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/presence/presence_table.h"

namespace edge {

// Something that happened to a client or a room of this node, as WatchEvents tells it.
struct EdgeEvent {
  // The numbers of gatehouse.v1.EventType.
  enum class Kind : uint8_t {
    kConnected = 1,
    kDisconnected,
    kJoined,
    kLeft,
    kOccupied,  // a room got its first member
    kVacated,   // and lost its last
    kUpdated,   // a connection's presence info changed in a room
    kKicked,    // followed by kDisconnected, as is kSlow
    kSlow
  };

  Kind kind = Kind::kConnected;
  uint64_t sequence = 0;  // given by the log; without a gap while it is watched
  int64_t unix_millis = 0;
  ConnectionId connection;  // not of kOccupied, kVacated
  UserId user;              // likewise
  RoomName room;            // kJoined, kLeft, kOccupied, kVacated, kUpdated
  std::string info;         // presence info, raw JSON: kConnected, kJoined, kUpdated
  std::string address;      // kConnected
  uint16_t code = 0;        // close code: kDisconnected, kKicked, kSlow
  LeaveReason reason = LeaveReason::kUnknown;  // kDisconnected, kLeft
  std::string text;                            // close reason: kKicked
};

}  // namespace edge
