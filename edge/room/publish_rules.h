#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "edge/base/connection_id.h"
#include "edge/base/ids.h"

namespace edge {

// Who does not get a publication. Small lists, looked through for each recipient: only publications
// that exclude somebody pay.
struct Exclusions {
  std::vector<UserId> users;
  std::vector<ConnectionId> connections;

  bool empty() const { return users.empty() && connections.empty(); }
  bool Cover(const UserId& user, const ConnectionId& connection) const {
    return std::ranges::find(connections, connection) != connections.end() ||
           std::ranges::find(users, user) != users.end();
  }
};

// What a publisher asks of a publication beside its content. Immutable, shared by all who handle
// it; few publications have any.
struct PublishRules {
  Exclusions exclusions;
  // With a key that the room has seen within kIdempotencyMillis nothing is published. Empty: none.
  std::string idempotency_key;
  // A version that is not above the room's last of the same version_epoch is not published. 0:
  // none.
  uint64_t version = 0;
  std::string version_epoch;
  // From the publication's time on history keeps it no longer. 0: as long as the others.
  int64_t keep_millis = 0;

  // Memory that it keeps, about.
  size_t bytes() const {
    size_t bytes = sizeof(PublishRules) + idempotency_key.size() + version_epoch.size() +
                   exclusions.connections.size() * sizeof(ConnectionId);
    for (const UserId& user : exclusions.users) bytes += sizeof(UserId) + user.view().size();
    return bytes;
  }
  // Whether the room has to remember it, so that it is published once.
  bool has_key() const { return !idempotency_key.empty() || version > 0; }
};

inline constexpr int64_t kIdempotencyMillis = 300'000;

}  // namespace edge
