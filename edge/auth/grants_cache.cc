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
  std::string key = KeyOf(grants);
  if (const auto found = entries_.find(key); found != entries_.end()) {
    if (std::shared_ptr<const Grants> known = found->second.lock()) return known;
  }
  if (entries_.size() >= kMaxEntries) {
    absl::erase_if(entries_, [](const auto& entry) { return entry.second.expired(); });
    if (entries_.size() >= kMaxEntries) entries_.clear();
  }
  auto made = std::make_shared<const Grants>(std::move(grants));
  entries_.insert_or_assign(std::move(key), made);
  return made;
}

}  // namespace edge
