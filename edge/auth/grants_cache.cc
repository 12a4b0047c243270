#include "edge/auth/grants_cache.h"

#include <utility>

namespace edge {
namespace {

// Room patterns have neither of the two separators in them.
std::string KeyOf(const Grants& grants) {
  std::string key;
  for (const std::string& pattern : grants.join.patterns()) key.append(pattern).append(" ");
  key += '\n';
  for (const std::string& pattern : grants.publish.patterns()) key.append(pattern).append(" ");
  return key;
}

}  // namespace

std::shared_ptr<const Grants> GrantsCache::Intern(Grants grants) {
  if (entries_.size() >= kMaxEntries) {
    absl::erase_if(entries_, [](const auto& entry) { return entry.second.expired(); });
    if (entries_.size() >= kMaxEntries) entries_.clear();
  }
  std::weak_ptr<const Grants>& entry = entries_[KeyOf(grants)];
  if (std::shared_ptr<const Grants> known = entry.lock()) return known;
  auto made = std::make_shared<const Grants>(std::move(grants));
  entry = made;
  return made;
}

}  // namespace edge
