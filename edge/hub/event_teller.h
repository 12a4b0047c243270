#pragma once

#include <string_view>

#include "edge/base/shard_thread.h"
#include "edge/events/edge_event.h"
#include "edge/session/session.h"

namespace edge {

class Hub;

// Writes what happens to a shard's sessions and rooms into the node's event log, where somebody
// watches. While nobody does each of these is one relaxed load.
class EventTeller {
 public:
  explicit EventTeller(Hub& hub) : hub_(hub) {}

  // With the rooms it is in.
  void Connected(const Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // With the rooms it is in still.
  void Disconnected(const Session& session, LeaveReason why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Closing(const Session& session, EdgeEvent::Kind kind, uint16_t code, std::string_view reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Joined(const Session& session, const RoomName& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Left(const Session& session, const RoomName& room, LeaveReason why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // kOccupied, kVacated.
  void Room(EdgeEvent::Kind kind, const RoomName& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Its presence info has changed.
  void Updated(const Session& session, const RoomName& room)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

 private:
  bool on() const;
  EdgeEvent Of(EdgeEvent::Kind kind, const Session& session) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Append(EdgeEvent event) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Hub& hub_;
};

}  // namespace edge
