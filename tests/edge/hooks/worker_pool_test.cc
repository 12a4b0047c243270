#include "edge/hooks/worker_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What the pool wants done, as text: "1>7" asks question 1 of worker 7, "1x7" cancels it there,
// "1!lost" fails it, "end 7" lets the worker go.
class WorkerPoolTest : public testing::Test {
 protected:
  using Texts = std::vector<std::string>;
  static constexpr int64_t kTimeout = 1000;
  static constexpr int64_t kPassOver = 2000;
  static constexpr uint32_t kMostFailures = 3;

  static std::string ToText(const WorkerPool::Action& action) {
    using Kind = WorkerPool::Action::Kind;
    constexpr const char* kWhy[] = {"nobody", "lost", "timed out"};
    switch (action.kind) {
      case Kind::kAsk:
        return fmt::format("{}>{}", action.question, action.worker);
      case Kind::kCancel:
        return fmt::format("{}x{}", action.question, action.worker);
      case Kind::kFail:
        return fmt::format("{}!{}", action.question, kWhy[static_cast<size_t>(action.why)]);
      case Kind::kEnd:
        break;
    }
    return fmt::format("end {}", action.worker);
  }
  Texts Taken() {
    Texts texts;
    for (const auto& each : actions_) texts.push_back(ToText(each));
    actions_.clear();
    return texts;
  }
  Texts Attach(uint64_t worker, uint32_t credit) {
    pool_.Attach(worker, credit, actions_);
    return Taken();
  }
  Texts Offer(uint64_t question, bool again = false) {
    pool_.Offer(question, clock_.MonotonicMillis() + kTimeout, again, actions_);
    return Taken();
  }
  Texts Answer(uint64_t worker, uint64_t question, bool good = true) {
    taken_ = pool_.OnAnswer(worker, question, good, actions_);
    return Taken();
  }
  Texts Lose(uint64_t worker) {
    pool_.Lose(worker, actions_);
    return Taken();
  }
  Texts Leave(uint64_t worker) {
    pool_.Leave(worker, actions_);
    return Taken();
  }
  Texts After(int64_t millis) {
    clock_.Advance(millis);
    pool_.OnTime(actions_);
    return Taken();
  }
  // One question that this worker, the only one with room, does not answer in its time.
  void LetTimeOut(uint64_t question) {
    Offer(question);
    After(kTimeout);
  }

  FakeClock clock_;
  WorkerPool pool_{{.pass_over_millis = kPassOver, .most_failures = kMostFailures}, clock_};
  WorkerPool::Actions actions_;
  WorkerPool::Taken taken_ = WorkerPool::Taken::kAnswer;
};

TEST_F(WorkerPoolTest, WithoutAWorkerAQuestionFailsAtOnce) {
  EXPECT_THAT(Offer(1), ElementsAre("1!nobody"));
  EXPECT_EQ(pool_.open(), 0U);
  EXPECT_EQ(pool_.next_deadline(), WorkerPool::kNever);
}

TEST_F(WorkerPoolTest, EqualWorkersTakeTurns) {
  Attach(7, 10);
  Attach(8, 10);
  EXPECT_THAT(Offer(1), ElementsAre("1>7"));
  EXPECT_THAT(Offer(2), ElementsAre("2>8"));
  Answer(7, 1);
  Answer(8, 2);
  EXPECT_THAT(Offer(3), ElementsAre("3>7"));
  EXPECT_THAT(Answer(7, 3), IsEmpty());
  EXPECT_THAT(Offer(4), ElementsAre("4>8"));
}

TEST_F(WorkerPoolTest, TheOneWithTheFewestForWhatItTakesIsAsked) {
  Attach(7, 2);
  Attach(8, 6);
  std::vector<size_t> asked(10);
  for (uint64_t question = 1; question <= 4; ++question) {
    for (const std::string& text : Offer(question)) ++asked[text.back() - '0'];
  }
  EXPECT_EQ(asked[7], 1U);
  EXPECT_EQ(asked[8], 3U);
}

TEST_F(WorkerPoolTest, AQuestionWaitsForAWorkerWithRoomInOrder) {
  Attach(7, 1);
  EXPECT_THAT(Offer(1), ElementsAre("1>7"));
  EXPECT_THAT(Offer(2), IsEmpty());
  EXPECT_THAT(Offer(3), IsEmpty());
  EXPECT_THAT(Answer(7, 1), ElementsAre("2>7"));
  EXPECT_THAT(Attach(8, 1), ElementsAre("3>8"));
}

TEST_F(WorkerPoolTest, WhatWaitsTooLongFailsWithoutHavingBeenAsked) {
  Attach(7, 1);
  Offer(1);
  clock_.Advance(100);
  Offer(2);
  EXPECT_THAT(After(900), ElementsAre("1!timed out", "1x7"));
  EXPECT_THAT(After(100), ElementsAre("2!timed out"));
}

TEST_F(WorkerPoolTest, AQuestionOverItsTimeCountsUntilItIsAnswered) {
  Attach(7, 1);
  Offer(1);
  EXPECT_THAT(After(kTimeout), ElementsAre("1!timed out", "1x7"));
  EXPECT_THAT(Offer(2), IsEmpty());
  EXPECT_THAT(Answer(7, 1), ElementsAre("2>7"));
  EXPECT_EQ(taken_, WorkerPool::Taken::kLate);
}

TEST_F(WorkerPoolTest, OnlyWhoWasAskedMayAnswerAndOnce) {
  Attach(7, 2);
  Attach(8, 2);
  Offer(1);
  Answer(8, 1);
  EXPECT_EQ(taken_, WorkerPool::Taken::kUnknown);
  Answer(7, 1);
  EXPECT_EQ(taken_, WorkerPool::Taken::kAnswer);
  Answer(7, 1);
  EXPECT_EQ(taken_, WorkerPool::Taken::kUnknown);
  Answer(9, 1);
  EXPECT_EQ(taken_, WorkerPool::Taken::kUnknown);
}

TEST_F(WorkerPoolTest, TheQuestionsOfALostOneGoToTheNextOrFail) {
  Attach(7, 3);
  Offer(1, true);
  Offer(2, false);
  Offer(3, true);
  Attach(8, 3);
  EXPECT_THAT(Lose(7), ElementsAre("2!lost", "1>8", "3>8"));
  Answer(8, 1);
  EXPECT_EQ(taken_, WorkerPool::Taken::kAnswer);
  EXPECT_EQ(pool_.open(), 1U);
}

TEST_F(WorkerPoolTest, TheQuestionsOfTheLastOneFailWithIt) {
  Attach(7, 1);
  Offer(1, true);
  Offer(2, true);
  EXPECT_THAT(Lose(7), ElementsAre("1!lost", "2!nobody"));
  EXPECT_EQ(pool_.open(), 0U);
}

TEST_F(WorkerPoolTest, WhatALostOneHadGoesBeforeWhatWaits) {
  Attach(7, 1);
  Attach(8, 1);
  Offer(1, true);
  Offer(2, true);
  EXPECT_THAT(Offer(3, true), IsEmpty());
  EXPECT_THAT(Lose(7), IsEmpty());
  EXPECT_THAT(Answer(8, 2), ElementsAre("1>8"));
  EXPECT_THAT(Answer(8, 1), ElementsAre("3>8"));
}

TEST_F(WorkerPoolTest, AQuestionThatKillsWorkersIsGivenUp) {
  for (uint64_t worker = 1; worker <= 5; ++worker) Attach(worker, 1);
  EXPECT_THAT(Offer(9, true), ElementsAre("9>1"));
  EXPECT_THAT(Lose(1), ElementsAre("9>2"));
  EXPECT_THAT(Lose(2), ElementsAre("9>3"));
  EXPECT_THAT(Lose(3), ElementsAre("9!lost"));
}

TEST_F(WorkerPoolTest, ASlowOneIsPassedOverAndThenTriedByOneQuestion) {
  Attach(7, 4);
  LetTimeOut(1);
  Attach(8, 4);
  Answer(7, 1);
  EXPECT_THAT(Offer(2), ElementsAre("2>8"));
  EXPECT_THAT(Offer(3), ElementsAre("3>8"));
  clock_.Advance(kPassOver - kTimeout / 2);
  Answer(8, 2);
  Answer(8, 3);
  EXPECT_THAT(Offer(4), ElementsAre("4>8"));
  clock_.Advance(kTimeout / 2);
  EXPECT_THAT(Offer(5), ElementsAre("5>7"));
  EXPECT_THAT(Offer(6), ElementsAre("6>8"));
  EXPECT_THAT(Offer(7), ElementsAre("7>8"));
  Answer(7, 5);
  EXPECT_THAT(Offer(8), ElementsAre("8>7"));
  EXPECT_THAT(Offer(9), ElementsAre("9>7"));
}

TEST_F(WorkerPoolTest, ATrialThatFailsPassesItOverAgain) {
  Attach(7, 4);
  LetTimeOut(1);
  Attach(8, 4);
  clock_.Advance(kPassOver);
  Offer(2);
  EXPECT_THAT(Offer(3), ElementsAre("3>7"));
  Answer(8, 2);
  Answer(7, 3, false);
  EXPECT_THAT(Offer(4), ElementsAre("4>8"));
  EXPECT_THAT(Offer(5), ElementsAre("5>8"));
}

TEST_F(WorkerPoolTest, WhileAQuickOneIsFullNobodySlowIsAsked) {
  Attach(7, 4);
  LetTimeOut(1);
  Attach(8, 1);
  EXPECT_THAT(Offer(2), ElementsAre("2>8"));
  EXPECT_THAT(Offer(3), IsEmpty());
  EXPECT_THAT(Answer(8, 2), ElementsAre("3>8"));
}

TEST_F(WorkerPoolTest, WhenAllAreSlowOneOfThemIsAsked) {
  Attach(7, 4);
  LetTimeOut(1);
  EXPECT_THAT(Offer(2), ElementsAre("2>7"));
}

TEST_F(WorkerPoolTest, WhoHadLittleTimeIsNotSlow) {
  Attach(7, 1);
  Attach(8, 1);
  Offer(1);
  Offer(2);
  Offer(3);
  clock_.Advance(600);
  EXPECT_THAT(Answer(7, 1), ElementsAre("3>7"));
  EXPECT_THAT(Answer(8, 2), IsEmpty());
  EXPECT_THAT(After(400), ElementsAre("3!timed out", "3x7"));
  Answer(7, 3);
  EXPECT_THAT(Offer(4), ElementsAre("4>8"));
  EXPECT_THAT(Offer(5), ElementsAre("5>7"));
}

TEST_F(WorkerPoolTest, WhoFailsInARowIsLeftAloneEvenIfThereIsNoOther) {
  Attach(7, 9);
  for (uint64_t question = 1; question <= kMostFailures; ++question) {
    EXPECT_EQ(Offer(question).size(), 1U);
    Answer(7, question, false);
  }
  EXPECT_THAT(Offer(5), ElementsAre("5!nobody"));
  clock_.Advance(kPassOver);
  EXPECT_THAT(Offer(6), ElementsAre("6>7"));
  EXPECT_THAT(Offer(7), ElementsAre("7!nobody"));
  Answer(7, 6);
  EXPECT_THAT(Offer(8), ElementsAre("8>7"));
  EXPECT_THAT(Offer(9), ElementsAre("9>7"));
}

TEST_F(WorkerPoolTest, AGoodAnswerForgivesWhatFailedBefore) {
  Attach(7, 9);
  for (uint64_t question = 1; question < kMostFailures; ++question) {
    Offer(question);
    Answer(7, question, false);
  }
  Offer(4);
  Answer(7, 4);
  Offer(5);
  Answer(7, 5, false);
  EXPECT_THAT(Offer(6), ElementsAre("6>7"));
}

TEST_F(WorkerPoolTest, OneThatLeavesGetsNoMoreAndEndsAfterItsAnswers) {
  Attach(7, 2);
  Attach(8, 2);
  Offer(1);
  EXPECT_THAT(Leave(7), IsEmpty());
  EXPECT_THAT(Offer(2), ElementsAre("2>8"));
  EXPECT_THAT(Offer(3), ElementsAre("3>8"));
  EXPECT_THAT(Offer(4), IsEmpty());
  EXPECT_THAT(Answer(7, 1), ElementsAre("end 7"));
  EXPECT_THAT(Lose(7), IsEmpty());
}

TEST_F(WorkerPoolTest, OneThatHasNothingLeavesAtOnce) {
  Attach(7, 2);
  EXPECT_THAT(Leave(7), ElementsAre("end 7"));
  EXPECT_THAT(Offer(1), ElementsAre("1!nobody"));
}

TEST_F(WorkerPoolTest, OneThatLeavesIsNotKeptByWhatIsOverItsTime) {
  Attach(7, 1);
  Offer(1);
  Offer(2);
  EXPECT_THAT(Leave(7), ElementsAre("2!nobody"));
  EXPECT_THAT(After(kTimeout), ElementsAre("1!timed out", "1x7", "end 7"));
}

}  // namespace
}  // namespace edge
