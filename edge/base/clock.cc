#include "edge/base/clock.h"

#include <algorithm>
#include <chrono>

namespace edge {
namespace {

class RealClock final : public Clock {
 public:
  int64_t MonotonicMillis() const override {
    return Millis(std::chrono::steady_clock::now().time_since_epoch());
  }
  int64_t UnixMillis() const override {
    return Millis(std::chrono::system_clock::now().time_since_epoch());
  }

 private:
  template <typename Duration>
  static int64_t Millis(Duration d) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  }
};

void AppendDigits(unsigned value, int width, std::string& out) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<size_t>(width));
}

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

void AppendRfc3339(int64_t unix_millis, std::string& out) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::milliseconds;
  // Four digits of year are all that RFC 3339 has.
  constexpr int64_t kYear0 = -62167219200000;
  constexpr int64_t kEndOfYear9999 = 253402300799999;
  const std::chrono::sys_time<milliseconds> time{
      milliseconds(std::clamp(unix_millis, kYear0, kEndOfYear9999))};
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date{day};
  const auto in_day = static_cast<unsigned>((time - day).count());
  AppendDigits(static_cast<unsigned>(static_cast<int>(date.year())), 4, out);
  out += '-';
  AppendDigits(static_cast<unsigned>(date.month()), 2, out);
  out += '-';
  AppendDigits(static_cast<unsigned>(date.day()), 2, out);
  out += 'T';
  AppendDigits(in_day / 3600000, 2, out);
  out += ':';
  AppendDigits(in_day / 60000 % 60, 2, out);
  out += ':';
  AppendDigits(in_day / 1000 % 60, 2, out);
  out += '.';
  AppendDigits(in_day % 1000, 3, out);
  out += 'Z';
}

std::string FormatRfc3339(int64_t unix_millis) {
  std::string out;
  AppendRfc3339(unix_millis, out);
  return out;
}

}  // namespace edge
