#include "edge/auth/ban_list.h"

#include <utility>

#include "edge/base/text.h"

namespace edge {
namespace {

bool IsOver(const Ban& ban, int64_t now) {
  return ban.until_unix_millis != 0 && now >= ban.until_unix_millis;
}

}  // namespace

void BanList::DropExpired(int64_t now) {
  for (auto at = bans_.begin(); at != bans_.end();) {
    at = IsOver(at->second, now) ? bans_.erase(at) : std::next(at);
  }
}

absl::Status BanList::Add(Ban ban, int64_t now) {
  const MutexLock lock(mutex_);
  Key key{ban.user, ban.room ? ban.room->str() : std::string()};
  if (const auto found = bans_.find(key); found != bans_.end()) {
    found->second = std::move(ban);
    return absl::OkStatus();
  }
  // Only a full list is swept.
  if (bans_.size() >= kMaxBans) DropExpired(now);
  if (bans_.size() >= kMaxBans) {
    return Error(absl::StatusCode::kResourceExhausted, "{} bans are in force, limit {}",
                 bans_.size(), kMaxBans);
  }
  bans_.emplace(std::move(key), std::move(ban));
  size_.store(bans_.size(), std::memory_order_release);
  return absl::OkStatus();
}

bool BanList::Remove(const UserId& user, const std::optional<RoomName>& room, int64_t now) {
  const MutexLock lock(mutex_);
  const auto found = bans_.find(Key{user, room ? room->str() : std::string()});
  if (found == bans_.end()) return false;
  const bool in_force = !IsOver(found->second, now);
  bans_.erase(found);
  size_.store(bans_.size(), std::memory_order_release);
  return in_force;
}

std::optional<Ban> BanList::Look(const Key& key, int64_t now) const {
  const auto found = bans_.find(key);
  if (found == bans_.end() || IsOver(found->second, now)) return std::nullopt;
  return found->second;
}

std::optional<Ban> BanList::Find(const UserId& user, int64_t now) const {
  if (size_.load(std::memory_order_acquire) == 0) return std::nullopt;
  const MutexLock lock(mutex_);
  return Look(Key{user, ""}, now);
}

std::optional<Ban> BanList::FindInRoom(const UserId& user, const RoomName& room,
                                       int64_t now) const {
  if (size_.load(std::memory_order_acquire) == 0) return std::nullopt;
  const MutexLock lock(mutex_);
  if (auto everywhere = Look(Key{user, ""}, now)) return everywhere;
  return Look(Key{user, room.str()}, now);
}

std::vector<Ban> BanList::List(const UserId& after_user, const std::string& after_room,
                               size_t limit, int64_t now) const {
  const MutexLock lock(mutex_);
  std::vector<Ban> page;
  auto at = after_user.empty() ? bans_.begin() : bans_.upper_bound(Key{after_user, after_room});
  for (; at != bans_.end() && page.size() < limit; ++at) {
    if (!IsOver(at->second, now)) page.push_back(at->second);
  }
  return page;
}

}  // namespace edge
