#include "edge/shard/shard_pool.h"

#include <algorithm>

#include "edge/shard/usable_cpus.h"

namespace edge {
namespace {

constexpr size_t kMaxShards = 255;  // a connection's id has eight bits for its shard

}  // namespace

ShardPool::ShardPool(size_t count, size_t mailbox_capacity, const Clock& clock)
    : count_(std::clamp<size_t>(count == 0 ? UsableCpus() : count, 1, kMaxShards)) {
  for (size_t i = 0; i < count_; ++i) {
    shards_.push_back(
        std::make_unique<Shard>(*this, static_cast<ShardIndex>(i), mailbox_capacity, clock));
  }
}

ShardIndex ShardPool::HomeOf(std::string_view room) const {
  if (count_ == 1) return 0;
  // FNV-1a with a final mix, so that names that differ in their last digit spread.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : room) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15;
  return static_cast<ShardIndex>((hash >> 32) % count_);
}

void ShardPool::StopAll() {
  for (const auto& shard : shards_) shard->Stop();
}

}  // namespace edge
