#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "edge/base/ids.h"
#include "edge/base/room_position.h"
#include "edge/room/publish_rules.h"

namespace edge {

// What one room remembers of its publications so that none is made twice: idempotency keys, and the
// last version.
//
// Pure state; belongs to the room's home shard. A key is remembered for kIdempotencyMillis, the
// last kMostKeys of them; the version as long as the room is, or until one of another epoch.
class PublishLedger {
 public:
  static constexpr size_t kMostKeys = 10'000;

  // The place of the publication that makes this one superfluous: the first one with the key, or
  // the room's last version. Nothing: it is new. O(1).
  std::optional<RoomPosition> FindEarlier(const PublishRules& rules, int64_t now_unix_millis);
  // The publication was made.
  void Record(const PublishRules& rules, RoomPosition position, int64_t now_unix_millis);
  // Forgets the keys whose time is over.
  void Expire(int64_t now_unix_millis);

  // Whether it remembers no key.
  bool empty() const { return order_.empty(); }
  // Memory that it keeps, about.
  size_t bytes() const { return bytes_; }

 private:
  struct Key {
    std::string text;
    int64_t until_unix_millis = 0;
  };
  void DropOldestKey();

  absl::flat_hash_map<std::string, RoomPosition, IdHash, IdEqual> by_key_;
  std::deque<Key> order_;
  size_t bytes_ = 0;
  uint64_t version_ = 0;  // 0: none
  std::string version_epoch_;
  RoomPosition version_position_;
};

}  // namespace edge
