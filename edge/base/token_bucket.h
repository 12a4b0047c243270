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
    Fill(rate, now_millis);
    if (level_ < kCost) return false;
    level_ -= kCost;
    return true;
  }
  // Takes `tokens`, or as many as there are.
  void TakeUpTo(uint64_t tokens, const Rate& rate, int64_t now_millis) {
    if (rate.per_second == 0) return;
    Fill(rate, now_millis);
    const auto most = static_cast<uint64_t>(level_ / kCost);
    level_ -= static_cast<int64_t>(std::min(tokens, most)) * kCost;
  }

 private:
  // In thousandths of a token, so that a millisecond adds `per_second`.
  static constexpr int64_t kCost = 1000;

  void Fill(const Rate& rate, int64_t now_millis) {
    const int64_t full = static_cast<int64_t>(std::max<uint32_t>(rate.burst, 1)) * kCost;
    if (last_millis_ == 0) {
      level_ = full;
    } else {
      const int64_t elapsed =
          std::min<int64_t>(std::max<int64_t>(now_millis - last_millis_, 0), 3600000);
      level_ = std::min(full, level_ + elapsed * rate.per_second);
    }
    last_millis_ = std::max<int64_t>(now_millis, 1);
  }

  int64_t level_ = 0;
  int64_t last_millis_ = 0;
};

}  // namespace edge
