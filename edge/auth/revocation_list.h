#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "edge/auth/identity.h"
#include "edge/base/ids.h"
#include "edge/base/mutex.h"

namespace edge {

// Tokens that are refused though they have not expired: a user's, or all users', that were issued
// before a time; or one, by its `jti`.
struct Revocation {
  enum class Kind : uint8_t { kAll, kUser, kToken };
  Kind kind = Kind::kUser;
  std::string name;                       // kUser: the user. kToken: the jti
  int64_t issued_before_unix_millis = 0;  // but for kToken
  int64_t until_unix_millis = 0;          // kept until then
  int64_t created_unix_millis = 0;

  // Whether the identity came with such a token. One that does not say when it was issued counts as
  // issued before any time.
  bool Covers(const Identity& identity) const;
};

// The revocations of a node. Any thread. Asked at every admission and refresh: while it is empty
// that costs one atomic read, else three look-ups under a short lock. One that is over is found by
// nobody; a full list is swept of them.
class RevocationList {
 public:
  explicit RevocationList(size_t capacity) : capacity_(capacity) {}

  // The revocation in force afterwards. One of the same user, token or of all is widened, also in a
  // full list: the later of both times holds. kResourceExhausted: `capacity` are kept.
  absl::StatusOr<Revocation> Add(Revocation revocation, int64_t now_unix_millis);
  bool Covers(const Identity& identity, int64_t now_unix_millis) const;

  // Up to `limit` after (kind, name), ordered by both; from the first when `from_start`.
  std::vector<Revocation> List(bool from_start, Revocation::Kind after_kind,
                               const std::string& after_name, size_t limit,
                               int64_t now_unix_millis) const;
  size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  struct Key {
    Revocation::Kind kind;
    std::string name;
    auto operator<=>(const Key&) const = default;
  };

  bool Look(const Key& key, const Identity& identity, int64_t now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOver(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_;
  mutable Mutex mutex_;
  absl::btree_map<Key, Revocation> revocations_ ABSL_GUARDED_BY(mutex_);
  std::atomic<size_t> size_ = 0;
};

// Whether the identity's token was revoked. Null: nothing is.
inline bool IsRevoked(const RevocationList* list, const Identity& identity, int64_t now) {
  return list != nullptr && list->Covers(identity, now);
}

}  // namespace edge
