#include "edge/hooks/hook_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace edge {
namespace {

using Kind = HookGate::Action::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

// What the gate wants done, as text: "1>0" starts question 1 at endpoint 0, "1!3" fails it for the
// failure 3.
class HookGateTest : public testing::Test {
 protected:
  using Texts = std::vector<std::string>;

  static HookGateLimits Limits() {
    return {.endpoints = 1,
            .max_concurrent = 2,
            .max_waiting = 2,
            .timeout_millis = 1000,
            .breaker_failures = 3,
            .breaker_open_millis = 500};
  }
  static std::string Failed(uint64_t question, HookFailure why) {
    return std::to_string(question) + "!" + std::to_string(static_cast<int>(why));
  }
  static Texts ToTexts(const HookGate::Actions& actions) {
    Texts texts;
    for (const HookGate::Action& each : actions) {
      texts.push_back(each.kind == Kind::kStart
                          ? std::to_string(each.question) + ">" + std::to_string(each.endpoint)
                          : Failed(each.question, each.why));
    }
    return texts;
  }
  static Texts Offer(HookGate& gate, uint64_t question, bool again = false) {
    HookGate::Actions actions;
    gate.Offer(question, again, actions);
    return ToTexts(actions);
  }
  static Texts End(HookGate& gate, uint64_t question, HookOutcome outcome) {
    HookGate::Actions actions;
    gate.OnOutcome(question, outcome, actions);
    return ToTexts(actions);
  }
  Texts After(HookGate& gate, int64_t millis) {
    clock_.Advance(millis);
    HookGate::Actions actions;
    gate.OnTime(actions);
    return ToTexts(actions);
  }

  FakeClock clock_;
};

TEST_F(HookGateTest, StartsUpToItsBoundAndLetsTheRestWaitInOrder) {
  HookGate gate(Limits(), clock_);
  EXPECT_THAT(Offer(gate, 1), ElementsAre("1>0"));
  EXPECT_THAT(Offer(gate, 2), ElementsAre("2>0"));
  EXPECT_THAT(Offer(gate, 3), IsEmpty());
  EXPECT_THAT(Offer(gate, 4), IsEmpty());
  EXPECT_THAT(End(gate, 2, HookOutcome::kAnswered), ElementsAre("3>0"));
  EXPECT_THAT(End(gate, 1, HookOutcome::kAnswered), ElementsAre("4>0"));
  EXPECT_EQ(gate.under_way(), 2U);
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST_F(HookGateTest, RefusesWhatWouldWaitBeyondItsBound) {
  HookGate gate(Limits(), clock_);
  for (uint64_t question = 1; question <= 4; ++question) Offer(gate, question);
  EXPECT_THAT(Offer(gate, 5), ElementsAre(Failed(5, HookFailure::kOverloaded)));
  EXPECT_EQ(gate.waiting(), 2U);
}

TEST_F(HookGateTest, EndsEveryQuestionInItsTime) {
  HookGate gate(Limits(), clock_);
  Offer(gate, 1);
  Offer(gate, 2);
  clock_.Advance(400);
  Offer(gate, 3);
  EXPECT_EQ(gate.next_deadline() - clock_.MonotonicMillis(), 600);
  EXPECT_THAT(After(gate, 600), ElementsAre(Failed(1, HookFailure::kTimedOut),
                                            Failed(2, HookFailure::kTimedOut), "3>0"));
  EXPECT_THAT(After(gate, 400), ElementsAre(Failed(3, HookFailure::kTimedOut)));
  EXPECT_EQ(gate.next_deadline(), HookGate::kNever);
}

TEST_F(HookGateTest, TimeSpentWaitingCounts) {
  HookGateLimits limits = Limits();
  limits.max_concurrent = 1;
  HookGate gate(limits, clock_);
  Offer(gate, 1);
  clock_.Advance(900);
  Offer(gate, 2);
  EXPECT_EQ(gate.DeadlineOf(2) - gate.DeadlineOf(1), 900);
}

TEST_F(HookGateTest, AnAnswerAfterTheDeadlineIsIgnored) {
  HookGate gate(Limits(), clock_);
  Offer(gate, 1);
  After(gate, 1000);
  EXPECT_THAT(End(gate, 1, HookOutcome::kAnswered), IsEmpty());
  EXPECT_EQ(gate.under_way(), 0U);
}

TEST_F(HookGateTest, EndpointsTakeTurns) {
  HookGateLimits limits = Limits();
  limits.endpoints = 3;
  limits.max_concurrent = 10;
  HookGate gate(limits, clock_);
  EXPECT_THAT(Offer(gate, 1), ElementsAre("1>0"));
  EXPECT_THAT(Offer(gate, 2), ElementsAre("2>1"));
  EXPECT_THAT(Offer(gate, 3), ElementsAre("3>2"));
  EXPECT_THAT(Offer(gate, 4), ElementsAre("4>0"));
}

TEST_F(HookGateTest, AsksAgainElsewhereOnlyWhatWasNotAnsweredAndMayBe) {
  HookGateLimits limits = Limits();
  limits.endpoints = 2;
  limits.max_concurrent = 10;
  HookGate gate(limits, clock_);
  Offer(gate, 1, /*again=*/true);
  EXPECT_THAT(End(gate, 1, HookOutcome::kUnreached), ElementsAre("1>1"));
  EXPECT_THAT(End(gate, 1, HookOutcome::kUnreached),
              ElementsAre(Failed(1, HookFailure::kUnreached)));
  Offer(gate, 2, /*again=*/true);
  EXPECT_THAT(End(gate, 2, HookOutcome::kFailed), ElementsAre(Failed(2, HookFailure::kBadAnswer)));
  Offer(gate, 3, /*again=*/false);
  EXPECT_THAT(End(gate, 3, HookOutcome::kUnreached),
              ElementsAre(Failed(3, HookFailure::kUnreached)));
  EXPECT_EQ(gate.under_way(), 0U);
}

TEST_F(HookGateTest, DoesNotAskAgainAfterTheDeadline) {
  HookGateLimits limits = Limits();
  limits.endpoints = 2;
  HookGate gate(limits, clock_);
  Offer(gate, 1, /*again=*/true);
  clock_.Advance(1000);
  // A client that gives up at the deadline says that it reached nobody; it is the time that is
  // over.
  EXPECT_THAT(End(gate, 1, HookOutcome::kUnreached),
              ElementsAre(Failed(1, HookFailure::kTimedOut)));
}

TEST_F(HookGateTest, AnEndpointThatFailsInARowIsLeftAloneThenTriedOnce) {
  HookGate gate(Limits(), clock_);
  for (uint64_t question = 1; question <= 3; ++question) {
    EXPECT_EQ(Offer(gate, question).size(), 1U);
    End(gate, question, HookOutcome::kFailed);
  }
  EXPECT_EQ(gate.open_breakers(), 1U);
  EXPECT_THAT(Offer(gate, 4), ElementsAre(Failed(4, HookFailure::kNoEndpoint)));
  clock_.Advance(500);
  EXPECT_THAT(Offer(gate, 5), ElementsAre("5>0"));
  EXPECT_THAT(Offer(gate, 6), ElementsAre(Failed(6, HookFailure::kNoEndpoint)));
  EXPECT_THAT(End(gate, 5, HookOutcome::kAnswered), IsEmpty());
  EXPECT_EQ(gate.open_breakers(), 0U);
  EXPECT_THAT(Offer(gate, 7), ElementsAre("7>0"));
}

TEST_F(HookGateTest, ATrialThatTimesOutLeavesItAloneAgain) {
  HookGate gate(Limits(), clock_);
  for (uint64_t question = 1; question <= 3; ++question) {
    Offer(gate, question);
    End(gate, question, HookOutcome::kFailed);
  }
  clock_.Advance(500);
  Offer(gate, 4);
  EXPECT_THAT(After(gate, 1000), ElementsAre(Failed(4, HookFailure::kTimedOut)));
  EXPECT_THAT(Offer(gate, 5), ElementsAre(Failed(5, HookFailure::kNoEndpoint)));
}

TEST_F(HookGateTest, AnAnswerEndsTheRowOfFailures) {
  HookGate gate(Limits(), clock_);
  for (uint64_t question = 1; question <= 9; ++question) {
    Offer(gate, question);
    End(gate, question, question % 3 == 0 ? HookOutcome::kAnswered : HookOutcome::kFailed);
  }
  EXPECT_EQ(gate.open_breakers(), 0U);
}

TEST_F(HookGateTest, WhatWaitsFailsWhenNoEndpointIsLeft) {
  HookGateLimits limits = Limits();
  limits.max_concurrent = 1;
  limits.breaker_failures = 1;
  HookGate gate(limits, clock_);
  Offer(gate, 1);
  Offer(gate, 2);
  EXPECT_THAT(End(gate, 1, HookOutcome::kFailed),
              ElementsAre(Failed(1, HookFailure::kBadAnswer), Failed(2, HookFailure::kNoEndpoint)));
}

TEST_F(HookGateTest, AnotherEndpointTakesOverFromOneThatIsLeftAlone) {
  HookGateLimits limits = Limits();
  limits.endpoints = 2;
  limits.breaker_failures = 1;
  HookGate gate(limits, clock_);
  Offer(gate, 1);
  End(gate, 1, HookOutcome::kFailed);
  for (uint64_t question = 2; question <= 5; ++question) {
    EXPECT_THAT(Offer(gate, question), ElementsAre(std::to_string(question) + ">1"));
    End(gate, question, HookOutcome::kAnswered);
  }
}

TEST_F(HookGateTest, WithoutABreakerItIsAskedForEver) {
  HookGateLimits limits = Limits();
  limits.breaker_failures = 0;
  HookGate gate(limits, clock_);
  for (uint64_t question = 1; question <= 50; ++question) {
    EXPECT_EQ(Offer(gate, question).size(), 1U);
    End(gate, question, HookOutcome::kUnreached);
  }
  EXPECT_EQ(gate.open_breakers(), 0U);
}

TEST_F(HookGateTest, WhereNobodyIsToBeAskedThereIsNoEndpoint) {
  HookGate gate(Limits(), clock_);
  Offer(gate, 1, true);
  EXPECT_THAT(End(gate, 1, HookOutcome::kNobody), ElementsAre(Failed(1, HookFailure::kNoEndpoint)));
}

}  // namespace
}  // namespace edge
