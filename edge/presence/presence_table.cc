#include "edge/presence/presence_table.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace edge {
namespace {

// Greater than every connection id of a user.
ConnectionId LastConnection() {
  constexpr uint32_t kTop = std::numeric_limits<uint32_t>::max();
  return {kTop, kTop, std::numeric_limits<uint8_t>::max(), kTop, kTop};
}

}  // namespace

PresenceEntry PresenceTable::EntryOf(const Key& key, const Value& value) {
  return {key.connection, key.user, value.info, value.joined_unix_millis};
}

bool PresenceTable::HasOther(Entries::const_iterator at) const {
  const UserId& user = at->first.user;
  if (at != entries_.begin() && std::prev(at)->first.user == user) return true;
  const auto next = std::next(at);
  return next != entries_.end() && next->first.user == user;
}

std::optional<PresenceTable::Change> PresenceTable::Add(PresenceEntry entry) {
  if (!users_by_connection_.emplace(entry.connection, entry.user).second) return std::nullopt;
  const auto at =
      entries_
          .emplace(Key{entry.user, entry.connection}, Value{entry.info, entry.joined_unix_millis})
          .first;
  const bool first = !HasOther(at);
  if (first) ++users_;
  return Change{std::move(entry), first};
}

std::optional<PresenceTable::Change> PresenceTable::Remove(const ConnectionId& connection) {
  const auto found = users_by_connection_.find(connection);
  if (found == users_by_connection_.end()) return std::nullopt;
  const auto at = entries_.find(Key{found->second, connection});
  Change change{EntryOf(at->first, at->second), !HasOther(at)};
  if (change.user_edge) --users_;
  entries_.erase(at);
  users_by_connection_.erase(found);
  return change;
}

std::optional<PresenceTable::Change> PresenceTable::UpdateInfo(const ConnectionId& connection,
                                                               std::string info) {
  const auto found = users_by_connection_.find(connection);
  if (found == users_by_connection_.end()) return std::nullopt;
  const auto at = entries_.find(Key{found->second, connection});
  at->second.info = std::move(info);
  return Change{EntryOf(at->first, at->second), false};
}

void PresenceTable::PageConnections(std::string_view after_user,
                                    const ConnectionId& after_connection,
                                    absl::FunctionRef<bool(const PresenceEntry&)> visit) const {
  auto at = after_user.empty() ? entries_.begin()
                               : entries_.upper_bound(Key{UserId(after_user), after_connection});
  for (; at != entries_.end(); ++at) {
    if (!visit(EntryOf(at->first, at->second))) return;
  }
}

void PresenceTable::PageUsers(std::string_view after_user,
                              absl::FunctionRef<bool(const User&)> visit) const {
  auto at = after_user.empty() ? entries_.begin()
                               : entries_.upper_bound(Key{UserId(after_user), LastConnection()});
  while (at != entries_.end()) {
    User user{.user = at->first.user.view(), .joined_unix_millis = at->second.joined_unix_millis};
    int64_t newest = std::numeric_limits<int64_t>::min();
    for (; at != entries_.end() && at->first.user.view() == user.user; ++at) {
      ++user.connections;
      user.joined_unix_millis = std::min(user.joined_unix_millis, at->second.joined_unix_millis);
      if (at->second.joined_unix_millis > newest) {
        newest = at->second.joined_unix_millis;
        user.info = at->second.info;
      }
    }
    if (!visit(user)) return;
  }
}

}  // namespace edge
