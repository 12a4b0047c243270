#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "edge/base/ids.h"
#include "edge/base/mutex.h"

namespace edge {

// A user that is to be in a room with every session, also with those that come later.
struct StickyMembership {
  UserId user;
  RoomName room;
  int64_t until_unix_millis = 0;
};

// The memberships that services gave to users of this node. Any thread. Asked at every admission:
// while it is empty that costs one atomic read. One that is over is found by nobody; a full list is
// swept of them.
class StickyMemberships {
 public:
  static constexpr size_t kMost = 1'000'000;

  // Replaces the time of the same user and room. kResourceExhausted: a million are in force.
  absl::Status Add(StickyMembership membership, int64_t now_unix_millis);
  // Whether there was one in force.
  bool Remove(const UserId& user, const RoomName& room, int64_t now_unix_millis);

  bool Has(const UserId& user, std::string_view room, int64_t now_unix_millis) const;
  std::vector<RoomName> RoomsOf(const UserId& user, int64_t now_unix_millis) const;

  // Up to `limit` behind (user, room), ordered by user and room; with `only` that user's.
  std::vector<StickyMembership> List(const UserId& after_user, const RoomName& after_room,
                                     const UserId& only, size_t limit,
                                     int64_t now_unix_millis) const;

 private:
  struct Key {
    UserId user;
    RoomName room;
    auto operator<=>(const Key&) const = default;
  };
  void DropExpired(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  absl::btree_map<Key, int64_t> until_ ABSL_GUARDED_BY(mutex_);
  std::atomic<size_t> size_ = 0;
};

}  // namespace edge
