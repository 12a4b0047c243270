#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"

namespace edge {

// Why a connection left a room. The numbers of gatehouse.v1.LeaveReason.
enum class LeaveReason : uint8_t {
  kUnknown = 0,
  kLeft,
  kDisconnected,
  kKicked,
  kRemoved,
  kSlow,
  kTimedOut,
  kExpired,
  kDrained
};

// A connection in a room.
struct PresenceEntry {
  ConnectionId connection;
  UserId user;
  std::string info;  // raw JSON; empty: none
  int64_t joined_unix_millis = 0;
};

// Who is in one room, at the room's home.
//
// Pure state: no I/O, no clock, no locks. Counts are O(1), changes O(log n), a page O(log n +
// page). Pages come in the order of user and connection and go on after a position, so that whoever
// stays is neither skipped nor doubled by joins and leaves in between.
class PresenceTable {
 public:
  struct Change {
    PresenceEntry entry;
    bool user_edge = false;  // a join: the user's first connection. A leave: the last
  };
  struct User {
    std::string_view user;
    uint32_t connections = 0;
    std::string_view info;           // of the connection that joined last
    int64_t joined_unix_millis = 0;  // of the connection that joined first
  };

  // Nothing when the connection is in already.
  std::optional<Change> Add(PresenceEntry entry);
  // Nothing when it is not in.
  std::optional<Change> Remove(const ConnectionId& connection);
  std::optional<Change> UpdateInfo(const ConnectionId& connection, std::string info);

  size_t connections() const { return users_by_connection_.size(); }
  size_t users() const { return users_; }
  bool Contains(const ConnectionId& connection) const {
    return users_by_connection_.contains(connection);
  }

  // `visit` gets the entries after (user, connection) until it returns false. Empty user: from the
  // first.
  void PageConnections(std::string_view after_user, const ConnectionId& after_connection,
                       absl::FunctionRef<bool(const PresenceEntry&)> visit) const;
  // `visit` gets the users after `after_user` until it returns false.
  void PageUsers(std::string_view after_user, absl::FunctionRef<bool(const User&)> visit) const;

 private:
  struct Key {
    UserId user;
    ConnectionId connection;
    auto operator<=>(const Key&) const = default;
  };
  struct Value {
    std::string info;
    int64_t joined_unix_millis = 0;
  };
  using Entries = absl::btree_map<Key, Value>;

  bool HasOther(Entries::const_iterator at) const;
  static PresenceEntry EntryOf(const Key& key, const Value& value);

  Entries entries_;
  // Which user a connection is of: leaves name the connection only.
  absl::flat_hash_map<ConnectionId, UserId> users_by_connection_;
  size_t users_ = 0;
};

}  // namespace edge
