#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "edge/base/ids.h"

namespace edge {

// What the home of a room knows of it: the position, and which shards have members.
//
// Pure state. A room that was empty and forgotten is made anew with another random epoch, so that
// an old offset can never be taken for a new one.
class RoomHome {
 public:
  struct Shard {
    ShardIndex shard;
    uint32_t members;
  };

  explicit RoomHome(uint64_t epoch) : epoch_(epoch) {}

  uint64_t epoch() const { return epoch_; }
  // Of the last publication; 0: none yet.
  uint64_t offset() const { return offset_; }
  uint64_t TakeOffset() { return ++offset_; }

  void MemberJoined(ShardIndex shard);
  void MemberLeft(ShardIndex shard);
  bool empty() const { return shards_.empty(); }
  // The shards with members, in no order.
  const std::vector<Shard>& shards() const { return shards_; }

 private:
  uint64_t epoch_;
  uint64_t offset_ = 0;
  std::vector<Shard> shards_;
};

}  // namespace edge
