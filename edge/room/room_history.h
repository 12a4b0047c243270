#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "edge/room/publish_rules.h"
#include "edge/wire/frame.h"

namespace edge {

// The last publications of one room, in a ring.
//
// Pure state: no clock, no locks. Belongs to the room's home shard. A publication is kept as the
// frame that its members got, so that who comes back is sent the same bytes; what a frame does not
// say (of a binary message: who sent it) stands beside it.
// Invariant: the offsets it holds follow each other without a gap and end with `last_offset()`.
class RoomHistory {
 public:
  // What few publications have.
  struct Extras {
    std::shared_ptr<const PublishRules> rules;  // null: none
    bool binary = false;
    std::string user;  // of a binary message; a text frame says them itself
    std::vector<std::pair<std::string, std::string>> tags;
  };
  struct Entry {
    FramePtr frame;  // null: its time was over before the others'
    int64_t unix_millis = 0;
    std::unique_ptr<const Extras> extras;  // null: none

    // When its own time is over; the greatest number: it has none.
    int64_t expires_unix_millis() const;
    bool ExpiredAt(int64_t now_unix_millis) const {
      return expires_unix_millis() <= now_unix_millis;
    }
    bool Excludes(const UserId& user, const ConnectionId& connection) const {
      return extras != nullptr && extras->rules != nullptr &&
             extras->rules->exclusions.Cover(user, connection);
    }
  };

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  // Memory that it keeps.
  size_t bytes() const { return bytes_ + ring_.size() * sizeof(Entry); }
  // Of the newest publication, which may have been dropped since; 0: none yet.
  uint64_t last_offset() const { return last_offset_; }
  // Of the oldest entry; last_offset() + 1 when it is empty.
  uint64_t first_offset() const { return last_offset_ - count_ + 1; }

  // Adds the publication behind last_offset(). `most`: entries that may be kept, at least 1; the
  // oldest go.
  void Append(Entry entry, size_t most);
  // Drops what is older than `unix_millis`. O(what is dropped).
  void DropOlderThan(int64_t unix_millis);
  // Drops the frames of entries whose own time is over. A walk over all when one's is; to be called
  // now and then, since readers ask each entry too.
  void DropExpired(int64_t now_unix_millis);
  void DropOldest();
  void Clear();

  // Whether a client that has everything up to `offset` can be told all that came after it.
  bool Reaches(uint64_t offset) const {
    return offset <= last_offset_ && offset + 1 >= first_offset();
  }
  // `offset` is between first_offset() and last_offset().
  const Entry& At(uint64_t offset) const { return ring_[IndexOf(offset)]; }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // Beside its place in the ring.
  static size_t BytesOf(const Entry& entry);
  size_t IndexOf(uint64_t offset) const {
    return (head_ + static_cast<size_t>(offset - first_offset())) & (ring_.size() - 1);
  }
  // Gives the ring another size, in which its entries find room.
  void Resize(size_t entries);

  std::vector<Entry> ring_;  // a power of two, or nothing
  size_t head_ = 0;
  size_t count_ = 0;
  size_t bytes_ = 0;
  uint64_t last_offset_ = 0;
  int64_t next_expiry_ = kNever;  // of all entries that have a time of their own
};

}  // namespace edge
