#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "edge/base/ids.h"

namespace edge {

// Whom a kick was meant for while the application was being asked whether to let them in: there is
// no session yet that the kick could close, so the admission is refused when the answer comes.
//
// Remembers only as long as such a question is open, and at most 4,096 users: with more, whoever
// had asked before is refused. One shard's. All O(1).
class RecentKicks {
 public:
  // A question begins; what Begin returns goes to KickedSince and, once, to End.
  uint64_t Begin() {
    ++open_;
    return now_;
  }
  void End() {
    if (--open_ > 0) return;
    kicked_.clear();
    overflow_ = 0;
  }
  void Kicked(const UserId& user) {
    if (open_ == 0) return;
    ++now_;
    if (kicked_.size() < kMost) {
      kicked_[user] = now_;
    } else {
      overflow_ = now_;
    }
  }
  bool KickedSince(uint64_t begin, const UserId& user) const {
    if (overflow_ > begin) return true;
    const auto at = kicked_.find(user);
    return at != kicked_.end() && at->second > begin;
  }

 private:
  static constexpr size_t kMost = 4096;
  size_t open_ = 0;
  uint64_t now_ = 1;
  uint64_t overflow_ = 0;  // the last kick that was not kept; 0: none
  absl::flat_hash_map<UserId, uint64_t> kicked_;
};

}  // namespace edge
