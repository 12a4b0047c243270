#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "edge/auth/identity.h"

namespace edge {

// Gives equal rights one object, so that 10,000 sessions with the same patterns hold it once. One
// owner, not thread safe. Bounded: at 1,024, new rights make it forget what nobody holds or, if all
// are held, everything.
class GrantsCache {
 public:
  std::shared_ptr<const Grants> Intern(Grants grants);
  size_t size() const { return entries_.size(); }

 private:
  static constexpr size_t kMaxEntries = 1024;
  absl::flat_hash_map<std::string, std::weak_ptr<const Grants>> entries_;
};

}  // namespace edge
