#include "edge/base/clock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "tests/support/fake_clock.h"

namespace edge {
namespace {

TEST(FormatRfc3339Test, WritesUtcWithThreeDigitsOfMilliseconds) {
  EXPECT_EQ(FormatRfc3339(1795465205123), "2026-11-23T20:20:05.123Z");
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339(7), "1970-01-01T00:00:00.007Z");
}

TEST(FormatRfc3339Test, KnowsLeapDays) {
  EXPECT_EQ(FormatRfc3339(1709164800000), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339(4107542399999), "2100-02-28T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(4107542400000), "2100-03-01T00:00:00.000Z");
}

TEST(FormatRfc3339Test, CountsBackwardsBefore1970) {
  EXPECT_EQ(FormatRfc3339(-1), "1969-12-31T23:59:59.999Z");
}

TEST(FormatRfc3339Test, StaysInsideTheYearsThatTheFormatHas) {
  EXPECT_EQ(FormatRfc3339(253402300800000), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<int64_t>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(FormatRfc3339Test, AppendsToWhatIsThere) {
  std::string out = "at ";
  AppendRfc3339(0, out);
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.000Z");
}

TEST(SystemClockTest, MonotonicTimeDoesNotGoBack) {
  const int64_t before = SystemClock().MonotonicMillis();
  EXPECT_GE(SystemClock().MonotonicMillis(), before);
}

TEST(SystemClockTest, UnixTimeIsAfterThisWasWritten) {
  EXPECT_GT(SystemClock().UnixMillis(), 1700000000000);
}

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock;
  clock.SetUnixMillis(5000);
  clock.SetMonotonicMillis(10);
  clock.Advance(7);
  EXPECT_EQ(clock.UnixMillis(), 5007);
  EXPECT_EQ(clock.MonotonicMillis(), 17);
}

}  // namespace
}  // namespace edge
