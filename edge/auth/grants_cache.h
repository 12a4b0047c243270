#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "edge/auth/identity.h"

namespace edge {

// Gives equal rights one object, so that 10,000 sessions with the same patterns hold it once. One
// owner, not thread safe. Bounded: forgets what nobody holds, then everything, beyond 1,024.
class GrantsCache {
 public:
  std::shared_ptr<const Grants> Intern(Grants grants);
  size_t size() const { return entries_.size(); }

 private:
  static constexpr size_t kMaxEntries = 1024;
  absl::flat_hash_map<std::string, std::weak_ptr<const Grants>> entries_;
};

}  // namespace edge
