#include "edge/room/sticky_memberships.h"

#include <utility>

#include "edge/base/text.h"

namespace edge {

void StickyMemberships::DropExpired(int64_t now) {
  for (auto at = until_.begin(); at != until_.end();) {
    at = at->second <= now ? until_.erase(at) : std::next(at);
  }
}

absl::Status StickyMemberships::Add(StickyMembership membership, int64_t now) {
  const MutexLock lock(mutex_);
  Key key{std::move(membership.user), std::move(membership.room)};
  const auto found = until_.find(key);
  if (found != until_.end()) {
    found->second = membership.until_unix_millis;
    return absl::OkStatus();
  }
  if (until_.size() >= kMost) DropExpired(now);
  if (until_.size() >= kMost) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "{} sticky memberships are in force, limit {}; remove some or let them end sooner",
                 until_.size(), kMost);
  }
  until_.emplace(std::move(key), membership.until_unix_millis);
  size_.store(until_.size(), std::memory_order_release);
  return absl::OkStatus();
}

bool StickyMemberships::Remove(const UserId& user, const RoomName& room, int64_t now) {
  const MutexLock lock(mutex_);
  const auto found = until_.find(Key{user, room});
  if (found == until_.end()) return false;
  const bool in_force = found->second > now;
  until_.erase(found);
  size_.store(until_.size(), std::memory_order_release);
  return in_force;
}

bool StickyMemberships::Has(const UserId& user, std::string_view room, int64_t now) const {
  if (size_.load(std::memory_order_acquire) == 0) return false;
  const MutexLock lock(mutex_);
  const auto found = until_.find(Key{user, RoomName(room)});
  return found != until_.end() && found->second > now;
}

std::vector<RoomName> StickyMemberships::RoomsOf(const UserId& user, int64_t now) const {
  std::vector<RoomName> rooms;
  if (size_.load(std::memory_order_acquire) == 0) return rooms;
  const MutexLock lock(mutex_);
  for (auto at = until_.lower_bound(Key{user, {}}); at != until_.end() && at->first.user == user;
       ++at) {
    if (at->second > now) rooms.push_back(at->first.room);
  }
  return rooms;
}

std::vector<StickyMembership> StickyMemberships::List(const UserId& after_user,
                                                      const RoomName& after_room,
                                                      const UserId& only, size_t limit,
                                                      int64_t now) const {
  const MutexLock lock(mutex_);
  std::vector<StickyMembership> page;
  auto at = until_.lower_bound(Key{only, {}});
  if (!after_user.empty()) at = until_.upper_bound(Key{after_user, after_room});
  for (; at != until_.end() && page.size() < limit; ++at) {
    if (!only.empty() && at->first.user != only) break;
    if (at->second > now) page.push_back({at->first.user, at->first.room, at->second});
  }
  return page;
}

}  // namespace edge
