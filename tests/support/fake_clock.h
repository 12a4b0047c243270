#pragma once

#include <cstdint>

#include "edge/base/clock.h"

namespace edge {

// A clock that stands still until it is told otherwise. One thread.
class FakeClock final : public Clock {
 public:
  int64_t MonotonicMillis() const override { return monotonic_millis_; }
  int64_t UnixMillis() const override { return unix_millis_; }

  // Both times move on, as real ones do.
  void Advance(int64_t millis) {
    monotonic_millis_ += millis;
    unix_millis_ += millis;
  }
  void SetMonotonicMillis(int64_t millis) { monotonic_millis_ = millis; }
  void SetUnixMillis(int64_t millis) { unix_millis_ = millis; }

 private:
  int64_t monotonic_millis_ = 1000;
  int64_t unix_millis_ = 1767225600000;  // 2026-01-01T00:00:00Z
};

}  // namespace edge
