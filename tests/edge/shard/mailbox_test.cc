#include "edge/shard/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "mailbox_hub.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t kAll = 1 << 20;

class MailboxTest : public testing::Test {
 protected:
  static constexpr size_t kLane = 64;  // the smallest there is
  static constexpr size_t kReserve = kLane / 4;

  // Posts until the lane is full; how many were taken.
  size_t Fill(ShardIndex from) {
    size_t taken = 0;
    while (mailbox_.PostFromShard(from, Say("x"))) ++taken;
    return taken;
  }

  WakeFd wake_;
  Mailbox mailbox_{2, kLane, wake_.get()};
  Hub hub_;
};

TEST_F(MailboxTest, RunsTheTasksOfALaneInOrder) {
  for (const char* word : {"a", "b", "c"}) ASSERT_TRUE(mailbox_.PostFromShard(0, Say(word)));
  EXPECT_EQ(mailbox_.Drain(kAll, hub_), 3U);
  EXPECT_THAT(hub_.log, ElementsAre("a", "b", "c"));
  EXPECT_EQ(mailbox_.Drain(kAll, hub_), 0U);
}

TEST_F(MailboxTest, RepliesAndPostsOfOneShardKeepTheirOrder) {
  ASSERT_TRUE(mailbox_.PostFromShard(0, Say("a")));
  ASSERT_TRUE(mailbox_.PostReply(0, Say("b")));
  ASSERT_TRUE(mailbox_.PostFromShard(0, Say("c")));
  mailbox_.Drain(kAll, hub_);
  EXPECT_THAT(hub_.log, ElementsAre("a", "b", "c"));
}

TEST_F(MailboxTest, RunsExternalTasksInOrder) {
  for (const char* word : {"a", "b", "c"}) ASSERT_TRUE(mailbox_.PostExternal(Say(word)));
  mailbox_.Drain(kAll, hub_);
  EXPECT_THAT(hub_.log, ElementsAre("a", "b", "c"));
}

TEST_F(MailboxTest, ExternalSendersTakeTurnsAndEachKeepsItsOrder) {
  for (const char* word : {"a1", "a2", "a3", "a4"}) {
    ASSERT_TRUE(mailbox_.PostExternal(Say(word), 1));
  }
  for (const char* word : {"b1", "b2"}) ASSERT_TRUE(mailbox_.PostExternal(Say(word), 2));
  mailbox_.Drain(kAll, hub_);
  EXPECT_THAT(hub_.log, ElementsAre("a1", "b1", "a2", "b2", "a3", "a4"));
}

TEST_F(MailboxTest, ASenderThatComesLateWaitsForNoFlood) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(mailbox_.PostExternal(Say("flood"), 1));
  mailbox_.Drain(6, hub_);
  hub_.log.clear();
  ASSERT_TRUE(mailbox_.PostExternal(Say("late"), 2));
  mailbox_.Drain(6, hub_);
  EXPECT_THAT(hub_.log, ElementsAre("late", "flood"));
}

TEST_F(MailboxTest, AFullLaneRefusesAndNothingHappens) {
  EXPECT_EQ(Fill(0), kLane - kReserve);
  const auto held = std::make_shared<int>(0);
  EXPECT_FALSE(mailbox_.PostFromShard(0, [held](Hub& hub) { hub.log.push_back("refused"); }));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(mailbox_.Drain(kAll, hub_), kLane - kReserve);
  EXPECT_THAT(hub_.log, testing::Not(testing::Contains("refused")));
}

TEST_F(MailboxTest, AFullLaneStillTakesItsReserveOfReplies) {
  Fill(0);
  EXPECT_EQ(mailbox_.reply_reserve(), kReserve);
  for (size_t i = 0; i < kReserve; ++i) ASSERT_TRUE(mailbox_.PostReply(0, Say("reply"))) << i;
  EXPECT_FALSE(mailbox_.PostReply(0, Say("reply")));
  EXPECT_EQ(mailbox_.Drain(kAll, hub_), kLane);
}

TEST_F(MailboxTest, LanesAreFullEachForItself) {
  Fill(0);
  EXPECT_TRUE(mailbox_.PostFromShard(1, Say("y")));
  EXPECT_TRUE(mailbox_.PostExternal(Say("z")));
}

TEST_F(MailboxTest, FreeFromIsExactlyWhatWouldBeTaken) {
  for (size_t expected = kLane - kReserve; expected > 0; --expected) {
    ASSERT_EQ(mailbox_.FreeFrom(0), expected);
    ASSERT_TRUE(mailbox_.PostFromShard(0, Say("x")));
  }
  EXPECT_EQ(mailbox_.FreeFrom(0), 0U);
  ASSERT_TRUE(mailbox_.PostReply(0, Say("x")));
  EXPECT_EQ(mailbox_.FreeFrom(0), 0U);
  mailbox_.Drain(kAll, hub_);
  EXPECT_EQ(mailbox_.FreeFrom(0), kLane - kReserve);
}

TEST_F(MailboxTest, ALaneGoesRoundManyTimes) {
  size_t ran = 0;
  for (int i = 0; i < 1000; ++i) {
    for (int j = 0; j < 40; ++j) {
      ASSERT_TRUE(mailbox_.PostFromShard(1, [&ran, n = ran + static_cast<size_t>(j)](Hub&) {
        ASSERT_EQ(ran, n);
        ++ran;
      }));
    }
    ASSERT_EQ(mailbox_.Drain(kAll, hub_), 40U);
  }
  EXPECT_EQ(ran, 40000U);
}

TEST_F(MailboxTest, ATaskSeesItsOwnPlaceFree) {
  Fill(0);
  size_t free = 0;
  ASSERT_TRUE(mailbox_.PostReply(0, [&](Hub&) { free = mailbox_.FreeFrom(0); }));
  mailbox_.Drain(kAll, hub_);
  EXPECT_EQ(free, kLane - kReserve);
}

TEST_F(MailboxTest, ATaskMayPostToItsOwnMailbox) {
  ASSERT_TRUE(mailbox_.PostExternal([this](Hub&) {
    EXPECT_TRUE(mailbox_.PostFromShard(0, Say("later")));
    EXPECT_TRUE(mailbox_.PostExternal(Say("external")));
  }));
  while (mailbox_.Drain(kAll, hub_) > 0) {
  }
  EXPECT_THAT(hub_.log, testing::UnorderedElementsAre("later", "external"));
}

TEST_F(MailboxTest, TheExternalQueueIsBoundedUntilItsTasksRan) {
  size_t taken = 0;
  while (mailbox_.PostExternal(Say("x"))) ++taken;
  EXPECT_EQ(taken, kLane);
  // Swapped out but not run is still waiting.
  const size_t ran = mailbox_.Drain(3, hub_);
  EXPECT_EQ(ran, 1U);
  size_t more = 0;
  while (mailbox_.PostExternal(Say("y"))) ++more;
  EXPECT_EQ(more, ran);
}

TEST_F(MailboxTest, ADrainIsBoundedAndLanesTakeTurns) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(mailbox_.PostFromShard(0, Say("0")));
    ASSERT_TRUE(mailbox_.PostFromShard(1, Say("1")));
    ASSERT_TRUE(mailbox_.PostExternal(Say("e")));
  }
  EXPECT_EQ(mailbox_.Drain(9, hub_), 9U);
  for (const char* lane : {"0", "1", "e"}) EXPECT_EQ(std::ranges::count(hub_.log, lane), 3) << lane;
}

TEST_F(MailboxTest, WhatATaskHoldsIsFreedWhenItHasRun) {
  const auto held = std::make_shared<int>(0);
  ASSERT_TRUE(mailbox_.PostFromShard(0, [held](Hub&) {}));
  ASSERT_TRUE(mailbox_.PostExternal([held](Hub&) {}));
  EXPECT_EQ(held.use_count(), 3);
  mailbox_.Drain(kAll, hub_);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(MailboxTest, WhatNeverRanIsFreedWithTheMailbox) {
  const auto held = std::make_shared<int>(0);
  {
    Mailbox mailbox(1, kLane, wake_.get());
    ASSERT_TRUE(mailbox.PostFromShard(0, [held](Hub&) { FAIL(); }));
    ASSERT_TRUE(mailbox.PostExternal([held](Hub&) { FAIL(); }));
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(MailboxTest, AnAwakeShardIsNotWoken) {
  ASSERT_TRUE(mailbox_.PostFromShard(0, Say("a")));
  ASSERT_TRUE(mailbox_.PostExternal(Say("b")));
  EXPECT_EQ(wake_.TakeCount(), 0U);
}

TEST_F(MailboxTest, ASleepingShardIsWokenOnceForABurst) {
  ASSERT_TRUE(mailbox_.PrepareSleep());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(mailbox_.PostFromShard(0, Say("a")));
    ASSERT_TRUE(mailbox_.PostReply(1, Say("a")));
    ASSERT_TRUE(mailbox_.PostExternal(Say("a")));
  }
  EXPECT_EQ(wake_.TakeCount(), 1U);
}

TEST_F(MailboxTest, EveryWayInWakes) {
  ASSERT_TRUE(mailbox_.PrepareSleep());
  ASSERT_TRUE(mailbox_.PostFromShard(0, Say("a")));
  EXPECT_EQ(wake_.TakeCount(), 1U);
  mailbox_.Drain(kAll, hub_);
  ASSERT_TRUE(mailbox_.PrepareSleep());
  ASSERT_TRUE(mailbox_.PostReply(0, Say("a")));
  EXPECT_EQ(wake_.TakeCount(), 1U);
  mailbox_.Drain(kAll, hub_);
  ASSERT_TRUE(mailbox_.PrepareSleep());
  ASSERT_TRUE(mailbox_.PostExternal(Say("a")));
  EXPECT_EQ(wake_.TakeCount(), 1U);
}

TEST_F(MailboxTest, AShardWithWorkDoesNotSleep) {
  ASSERT_TRUE(mailbox_.PostFromShard(1, Say("a")));
  EXPECT_FALSE(mailbox_.PrepareSleep());
  ASSERT_TRUE(mailbox_.PostFromShard(1, Say("b")));  // it is awake again
  EXPECT_EQ(wake_.TakeCount(), 0U);
}

TEST_F(MailboxTest, AShardWithHalfDrainedExternalTasksDoesNotSleep) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(mailbox_.PostExternal(Say("a")));
  ASSERT_EQ(mailbox_.Drain(3, hub_), 1U);
  EXPECT_FALSE(mailbox_.PrepareSleep());
}

TEST_F(MailboxTest, AShardThatWokeByItselfIsNotWokenAgain) {
  ASSERT_TRUE(mailbox_.PrepareSleep());
  mailbox_.AwakeAgain();
  ASSERT_TRUE(mailbox_.PostExternal(Say("a")));
  EXPECT_EQ(wake_.TakeCount(), 0U);
}

TEST(MailboxSizeTest, LanesShareTheCapacityButHaveALeast) {
  WakeFd wake;
  Mailbox wide(4, 4096, wake.get());
  EXPECT_EQ(wide.FreeFrom(0), 1024U - 256U);
  Mailbox uneven(3, 4096, wake.get());  // 1365 each: the power of two below
  EXPECT_EQ(uneven.FreeFrom(0), 1024U - 256U);
  Mailbox narrow(255, 100, wake.get());
  EXPECT_EQ(narrow.FreeFrom(254), 64U - 16U);
}

}  // namespace
}  // namespace edge
