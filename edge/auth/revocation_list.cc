#include "edge/auth/revocation_list.h"

#include <algorithm>
#include <utility>

#include "edge/base/text.h"

namespace edge {
namespace {

bool IsOver(const Revocation& revocation, int64_t now) {
  return now >= revocation.until_unix_millis;
}

}  // namespace

bool Revocation::Covers(const Identity& identity) const {
  switch (kind) {
    case Kind::kToken:
      return identity.token_id == name;
    case Kind::kUser:
      return identity.user.str() == name && identity.issued_at_millis < issued_before_unix_millis;
    case Kind::kAll:
      break;
  }
  return identity.issued_at_millis < issued_before_unix_millis;
}

void RevocationList::DropOver(int64_t now) {
  for (auto at = revocations_.begin(); at != revocations_.end();) {
    at = IsOver(at->second, now) ? revocations_.erase(at) : std::next(at);
  }
}

absl::StatusOr<Revocation> RevocationList::Add(Revocation revocation, int64_t now) {
  const MutexLock lock(mutex_);
  Key key{revocation.kind, revocation.name};
  const auto found = revocations_.find(key);
  if (found != revocations_.end()) {
    Revocation& kept = found->second;
    if (!IsOver(kept, now)) {
      // What was revoked stays so.
      revocation.issued_before_unix_millis =
          std::max(revocation.issued_before_unix_millis, kept.issued_before_unix_millis);
      revocation.until_unix_millis = std::max(revocation.until_unix_millis, kept.until_unix_millis);
    }
    kept = std::move(revocation);
    return kept;
  }
  // Only a full list is swept.
  if (revocations_.size() >= capacity_) DropOver(now);
  if (revocations_.size() >= capacity_) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "{} revocations are kept, limit {} (auth.max_revocations)", revocations_.size(),
                 capacity_);
  }
  const auto added = revocations_.emplace(std::move(key), std::move(revocation)).first;
  size_.store(revocations_.size(), std::memory_order_release);
  return added->second;
}

bool RevocationList::Look(const Key& key, const Identity& identity, int64_t now) const {
  const auto found = revocations_.find(key);
  return found != revocations_.end() && !IsOver(found->second, now) &&
         found->second.Covers(identity);
}

bool RevocationList::Covers(const Identity& identity, int64_t now) const {
  if (size() == 0) return false;
  const MutexLock lock(mutex_);
  return Look({Revocation::Kind::kAll, ""}, identity, now) ||
         Look({Revocation::Kind::kUser, identity.user.str()}, identity, now) ||
         (!identity.token_id.empty() &&
          Look({Revocation::Kind::kToken, identity.token_id}, identity, now));
}

std::vector<Revocation> RevocationList::List(bool from_start, Revocation::Kind after_kind,
                                             const std::string& after_name, size_t limit,
                                             int64_t now) const {
  const MutexLock lock(mutex_);
  std::vector<Revocation> page;
  auto at =
      from_start ? revocations_.begin() : revocations_.upper_bound(Key{after_kind, after_name});
  for (; at != revocations_.end() && page.size() < limit; ++at) {
    if (!IsOver(at->second, now)) page.push_back(at->second);
  }
  return page;
}

}  // namespace edge
