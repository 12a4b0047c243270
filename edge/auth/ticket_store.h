#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "edge/auth/identity.h"
#include "edge/base/ids.h"
#include "edge/base/mutex.h"

namespace edge {

// What a client is let in with when it shows its ticket.
struct Ticket {
  Identity identity;              // issued_at: when the ticket was made
  std::vector<RoomName> rooms;    // the only ones that the URL may name; empty: any
  std::string address;            // CanonicalIp of the client; empty: any
  int64_t session_millis = 0;     // how long the session may last; 0: no end
  int64_t until_unix_millis = 0;  // it is good before this
};

// The tickets of a node that wait to be used. Any thread: a ticket is taken by one of those who
// show it at the same time, whatever their shards.
//
// A ticket is 192 bits from the system's generator; kept is only its SHA-256, so that neither
// memory nor the time of a look-up tells one. What has expired goes with the next call, so that
// `capacity` bounds the tickets that are good. O(log n), under a short lock.
class TicketStore {
 public:
  struct Counts {
    size_t waiting = 0;
    int64_t created = 0;
    int64_t redeemed = 0;
    int64_t refused = 0;
  };

  explicit TicketStore(size_t capacity) : capacity_(capacity) {}

  // The ticket's text: gt_ and 32 base64url characters. kResourceExhausted: `capacity` wait.
  absl::StatusOr<std::string> Create(Ticket ticket, int64_t now_unix_millis);

  // Takes the ticket, whose identity then expires when the session has to. `address`: the client's,
  // CanonicalIp. kUnauthenticated, with one message for a ticket that is unknown, used, expired or
  // another address's: which of them is nobody's business. From another address it stays good.
  absl::StatusOr<Ticket> Redeem(std::string_view text, std::string_view address,
                                int64_t now_unix_millis);

  Counts counts() const;

 private:
  void DropExpired(int64_t now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Ticket> tickets_ ABSL_GUARDED_BY(mutex_);  // by their hash
  absl::btree_set<std::pair<int64_t, std::string>> by_end_ ABSL_GUARDED_BY(mutex_);
  int64_t created_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t redeemed_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace edge
