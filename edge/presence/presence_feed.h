#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "edge/base/ids.h"
#include "edge/presence/presence_table.h"

namespace edge {

// A change of a room's presence, numbered within the room's watch.
struct PresenceDelta {
  enum class Kind : uint8_t { kJoin, kLeave, kUpdate };
  Kind kind = Kind::kJoin;
  RoomName room;
  uint64_t sequence = 0;
  PresenceTable::Change change;
  LeaveReason reason = LeaveReason::kUnknown;
  int64_t unix_millis = 0;
};

// Where a watcher gets its deltas. Called on the shard of the room's home.
class PresenceSink {
 public:
  virtual ~PresenceSink() = default;
  // False: it cannot take more and is dropped.
  virtual bool OnDelta(const PresenceDelta& delta) = 0;
};

// Numbers the changes of one room and hands them to its watchers.
//
// Pure state, belongs to the room's home. Costs nothing while nobody watches but the number.
class PresenceFeed {
 public:
  bool watched() const { return !sinks_.empty(); }
  uint64_t sequence() const { return sequence_; }

  void Watch(uint64_t watch, std::shared_ptr<PresenceSink> sink);
  // False: not there (any more).
  bool Unwatch(uint64_t watch);
  // Numbers the delta and gives it to all; drops those that cannot take it.
  void Publish(PresenceDelta delta);

 private:
  struct Watcher {
    uint64_t watch;
    std::shared_ptr<PresenceSink> sink;
  };
  std::vector<Watcher> sinks_;
  uint64_t sequence_ = 0;
};

}  // namespace edge
