#include "edge/room/room_home.h"

#include <algorithm>

#include "edge/base/check.h"

namespace edge {

void RoomHome::MemberJoined(ShardIndex shard) {
  const auto found = std::ranges::find(shards_, shard, &Shard::shard);
  if (found == shards_.end()) {
    shards_.push_back({shard, 1});
  } else {
    ++found->members;
  }
}

void RoomHome::MemberLeft(ShardIndex shard) {
  const auto found = std::ranges::find(shards_, shard, &Shard::shard);
  GATEHOUSE_CHECK(found != shards_.end(), "a member left a shard that had none");
  if (--found->members > 0) return;
  *found = shards_.back();
  shards_.pop_back();
}

}  // namespace edge
