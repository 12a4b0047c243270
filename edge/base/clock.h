#pragma once

#include <cstdint>
#include <string>

namespace edge {

// Time is a parameter: whoever needs it is given a Clock, and tests give a FakeClock
// (tests/support). Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds that never go back, from an arbitrary start. For deadlines.
  virtual int64_t MonotonicMillis() const = 0;
  // Milliseconds since 1970-01-01 UTC. For tokens and time stamps.
  virtual int64_t UnixMillis() const = 0;
};

// The machine's clock; lives as long as the process.
const Clock& SystemClock();

// RFC 3339 in UTC with milliseconds: "2026-11-23T20:20:05.123Z" (24 bytes). Times outside the years
// 0 to 9999 become the nearest one inside.
std::string FormatRfc3339(int64_t unix_millis);
void AppendRfc3339(int64_t unix_millis, std::string& out);

}  // namespace edge
