#include "edge/base/timing_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "edge/base/random.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kTick = TimingWheel::kTickMillis;

struct Timer : WheelNode {
  explicit Timer(int n) : number(n) {}
  int number;
};

std::vector<int> FiredAt(TimingWheel& wheel, int64_t now) {
  std::vector<int> fired;
  wheel.Advance(now, [&](WheelNode& node) { fired.push_back(static_cast<Timer&>(node).number); });
  return fired;
}

TEST(TimingWheelTest, FiresAtTheFirstTickNotBeforeTheDeadline) {
  TimingWheel wheel(0);
  Timer timer(1);
  wheel.Schedule(timer, 100);
  EXPECT_THAT(FiredAt(wheel, 99), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, 127), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, 128), ElementsAre(1));
  EXPECT_FALSE(timer.scheduled());
  EXPECT_THAT(FiredAt(wheel, 1000), IsEmpty());
}

TEST(TimingWheelTest, NeverFiresEarlyAndAtMostOneTickLate) {
  for (int64_t start : {0, 1, 63, 64, 1000003}) {
    for (int64_t delay = 0; delay < 200; ++delay) {
      TimingWheel wheel(start, 4);
      Timer timer(1);
      wheel.Schedule(timer, start + delay);
      int64_t now = start;
      while (FiredAt(wheel, now).empty()) ++now;
      EXPECT_GE(now, start + delay);
      EXPECT_LE(now, start + delay + kTick);
    }
  }
}

TEST(TimingWheelTest, FiresWhatIsOverdueAtTheNextTick) {
  TimingWheel wheel(10000);
  Timer timer(1);
  wheel.Schedule(timer, -5);
  EXPECT_THAT(FiredAt(wheel, 10000), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, 10000 + kTick), ElementsAre(1));
}

TEST(TimingWheelTest, KeepsDelaysOfManyTurnsApart) {
  TimingWheel wheel(0, 8);
  Timer first(1), second(2), third(3);
  wheel.Schedule(third, kTick * (3 + 16));
  wheel.Schedule(second, kTick * (3 + 8));
  wheel.Schedule(first, kTick * 3);
  EXPECT_THAT(FiredAt(wheel, kTick * 10), ElementsAre(1));
  EXPECT_THAT(FiredAt(wheel, kTick * 11), ElementsAre(2));
  EXPECT_THAT(FiredAt(wheel, kTick * 18), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, kTick * 19), ElementsAre(3));
}

TEST(TimingWheelTest, FiresAllThatBecameDueDuringALongPause) {
  TimingWheel wheel(0, 8);
  Timer first(1), second(2), later(3);
  wheel.Schedule(first, kTick * 2);
  wheel.Schedule(second, kTick * 100);
  wheel.Schedule(later, kTick * 1001);
  EXPECT_THAT(FiredAt(wheel, kTick * 1000), ElementsAre(1, 2));
  EXPECT_EQ(wheel.size(), 1U);
  wheel.Cancel(later);
}

TEST(TimingWheelTest, HoldsDeadlinesAtTheEndOfTime) {
  TimingWheel wheel(0);
  Timer never(1);
  wheel.Schedule(never, std::numeric_limits<int64_t>::max());
  EXPECT_THAT(FiredAt(wheel, kTick * 5000), IsEmpty());
  EXPECT_TRUE(never.scheduled());
  wheel.Cancel(never);
}

TEST(TimingWheelTest, DoesNotFireWhatWasCancelled) {
  TimingWheel wheel(0);
  Timer timer(1);
  wheel.Schedule(timer, 10);
  wheel.Cancel(timer);
  wheel.Cancel(timer);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_THAT(FiredAt(wheel, 1000), IsEmpty());
}

TEST(TimingWheelTest, MovesATimerThatIsScheduledAgain) {
  TimingWheel wheel(0);
  Timer timer(1);
  wheel.Schedule(timer, kTick);
  wheel.Schedule(timer, kTick * 4);
  EXPECT_EQ(wheel.size(), 1U);
  EXPECT_THAT(FiredAt(wheel, kTick * 3), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, kTick * 4), ElementsAre(1));
}

TEST(TimingWheelTest, ACallbackMayCancelAnotherThatIsDueInTheSameTick) {
  TimingWheel wheel(0);
  Timer first(1), second(2);
  wheel.Schedule(first, 10);
  wheel.Schedule(second, 10);
  std::vector<int> fired;
  wheel.Advance(1000, [&](WheelNode& node) {
    fired.push_back(static_cast<Timer&>(node).number);
    wheel.Cancel(&node == &first ? second : first);
  });
  EXPECT_THAT(fired, ElementsAre(1));
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimingWheelTest, ACallbackMayDestroyAnotherAfterCancellingIt) {
  TimingWheel wheel(0);
  auto first = std::make_unique<Timer>(1);
  auto second = std::make_unique<Timer>(2);
  wheel.Schedule(*first, 10);
  wheel.Schedule(*second, 10);
  int fired = 0;
  wheel.Advance(1000, [&](WheelNode& node) {
    ++fired;
    std::unique_ptr<Timer>& other = &node == first.get() ? second : first;
    wheel.Cancel(*other);
    other.reset();
  });
  EXPECT_EQ(fired, 1);
}

TEST(TimingWheelTest, ACallbackMayMoveAnotherThatIsDueInTheSameTick) {
  TimingWheel wheel(0);
  Timer first(1), second(2);
  wheel.Schedule(first, 10);
  wheel.Schedule(second, 10);
  std::vector<int> fired;
  wheel.Advance(kTick, [&](WheelNode& node) {
    fired.push_back(static_cast<Timer&>(node).number);
    wheel.Schedule(second, kTick * 3);
  });
  EXPECT_THAT(fired, ElementsAre(1));
  EXPECT_THAT(FiredAt(wheel, kTick * 3), ElementsAre(2));
}

TEST(TimingWheelTest, ACallbackThatRearmsForNowFiresOnceATick) {
  TimingWheel wheel(0, 4);
  Timer timer(1);
  wheel.Schedule(timer, 10);
  int fired = 0;
  wheel.Advance(kTick * 10, [&](WheelNode& node) {
    ++fired;
    wheel.Schedule(node, 0);
  });
  EXPECT_EQ(fired, 10);
  EXPECT_EQ(wheel.size(), 1U);
  wheel.Cancel(timer);
}

TEST(TimingWheelTest, ACallbackMayRearmForTheSameSlotOneTurnLater) {
  TimingWheel wheel(0, 4);
  Timer timer(1);
  wheel.Schedule(timer, kTick * 2);
  int fired = 0;
  wheel.Advance(kTick * 2, [&](WheelNode& node) {
    ++fired;
    wheel.Schedule(node, kTick * 6);
  });
  EXPECT_EQ(fired, 1);
  EXPECT_THAT(FiredAt(wheel, kTick * 5), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, kTick * 6), ElementsAre(1));
}

TEST(TimingWheelTest, TimeThatGoesBackFiresNothing) {
  TimingWheel wheel(10000);
  Timer timer(1);
  wheel.Schedule(timer, 10001);
  EXPECT_THAT(FiredAt(wheel, 5000), IsEmpty());
  EXPECT_THAT(FiredAt(wheel, 20000), ElementsAre(1));
}

// Against the simplest model that is right: a table of deadlines.
TEST(TimingWheelTest, AgreesWithATableOfDeadlinesOverRandomOperations) {
  constexpr int kTimers = 40;
  FastRandom random(7);
  TimingWheel wheel(0, 16);
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<int64_t> due(kTimers, -1);  // the tick; -1: not armed
  for (int i = 0; i < kTimers; ++i) timers.push_back(std::make_unique<Timer>(i));
  int64_t now = 0;
  for (int step = 0; step < 20000; ++step) {
    const size_t i = random.Below(kTimers);
    switch (random.Below(4)) {
      case 0:
        wheel.Cancel(*timers[i]);
        due[i] = -1;
        break;
      case 1: {
        const int64_t deadline = now + static_cast<int64_t>(random.Below(kTick * 50));
        wheel.Schedule(*timers[i], deadline);
        due[i] = std::max((deadline + kTick - 1) / kTick, now / kTick + 1);
        break;
      }
      default:
        now += static_cast<int64_t>(random.Below(kTick * 3));
        wheel.Advance(now, [&](WheelNode& node) {
          const auto fired = static_cast<size_t>(static_cast<Timer&>(node).number);
          ASSERT_NE(due[fired], -1);
          ASSERT_LE(due[fired], now / kTick);
          due[fired] = -1;
        });
        for (const int64_t tick : due) ASSERT_TRUE(tick == -1 || tick > now / kTick);
    }
  }
  for (auto& timer : timers) wheel.Cancel(*timer);
  EXPECT_EQ(wheel.size(), 0U);
}

}  // namespace
}  // namespace edge
