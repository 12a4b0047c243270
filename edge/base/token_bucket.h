#pragma once

#include <algorithm>
#include <cstdint>

namespace edge {

// A rate limit: `per_second` on average, `burst` at once. Pure state of 16 bytes, time is given in
// monotonic milliseconds. A rate of 0 means no limit. O(1).
class TokenBucket {
 public:
  struct Rate {
    uint32_t per_second = 0;
    uint32_t burst = 0;
  };

  // Takes one token; false when there is none.
  bool TryTake(const Rate& rate, int64_t now_millis) {
    if (rate.per_second == 0) return true;
    const int64_t cost =
        1000;  // in thousandths of a token, so that a millisecond adds `per_second`
    const int64_t full = static_cast<int64_t>(std::max<uint32_t>(rate.burst, 1)) * cost;
    if (last_millis_ == 0) {
      level_ = full;
    } else {
      const int64_t elapsed =
          std::min<int64_t>(std::max<int64_t>(now_millis - last_millis_, 0), 3600000);
      level_ = std::min(full, level_ + elapsed * rate.per_second);
    }
    last_millis_ = std::max<int64_t>(now_millis, 1);
    if (level_ < cost) return false;
    level_ -= cost;
    return true;
  }

 private:
  int64_t level_ = 0;
  int64_t last_millis_ = 0;
};

}  // namespace edge
