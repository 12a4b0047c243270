#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "edge/base/clock.h"
#include "edge/shard/shard.h"

namespace edge {

// The shards of a node. Made before any of them runs; immutable then.
class ShardPool {
 public:
  // `count` 0: one for each CPU this process may use.
  ShardPool(size_t count, size_t mailbox_capacity, const Clock& clock);

  size_t size() const { return count_; }
  Shard& at(ShardIndex index) { return *shards_[index]; }
  // The shard that orders a room: a stable hash, the same in every life of the node.
  ShardIndex HomeOf(std::string_view room) const;

  void StopAll();

 private:
  size_t count_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace edge
