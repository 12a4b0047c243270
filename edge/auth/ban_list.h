#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "edge/base/ids.h"
#include "edge/base/mutex.h"

namespace edge {

// A user that is refused, everywhere or in one room.
struct Ban {
  UserId user;
  std::optional<RoomName> room;   // nothing: everywhere
  int64_t until_unix_millis = 0;  // 0: no end
  std::string reason;
  int64_t created_unix_millis = 0;
};

// The bans of a node. Any thread. Asked at every admission and join: while it is empty that costs
// one atomic read. An expired ban is found by nobody; a full list is swept of them.
class BanList {
 public:
  static constexpr size_t kMaxBans = 100000;

  // Replaces a ban of the same user and room, also in a full list. kResourceExhausted: 100,000 bans
  // are in force.
  absl::Status Add(Ban ban, int64_t now_unix_millis);
  // Whether there was one in force.
  bool Remove(const UserId& user, const std::optional<RoomName>& room, int64_t now_unix_millis);

  // The user's ban from everywhere.
  std::optional<Ban> Find(const UserId& user, int64_t now_unix_millis) const;
  // A ban from everywhere, or from the room.
  std::optional<Ban> FindInRoom(const UserId& user, const RoomName& room,
                                int64_t now_unix_millis) const;

  // Up to `limit` bans after (user, room), ordered by user and room.
  std::vector<Ban> List(const UserId& after_user, const std::string& after_room, size_t limit,
                        int64_t now_unix_millis) const;

 private:
  struct Key {
    UserId user;
    std::string room;  // empty: everywhere
    auto operator<=>(const Key&) const = default;
  };

  std::optional<Ban> Look(const Key& key, int64_t now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropExpired(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  absl::btree_map<Key, Ban> bans_ ABSL_GUARDED_BY(mutex_);
  std::atomic<size_t> size_ = 0;
};

}  // namespace edge
