#include "edge/session/outbound_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frames.h"

namespace edge {
namespace {

constexpr OutboundQueue::Limits kWide{.max_bytes = 1 << 20, .max_frames = 1024};

bool Push(OutboundQueue& queue, std::string_view bytes,
          const OutboundQueue::Limits& limits = kWide) {
  return queue.Push(*FrameOf(bytes), limits);
}
bool PushControl(OutboundQueue& queue, std::string_view bytes,
                 const OutboundQueue::Limits& limits = kWide) {
  return queue.PushControl(*FrameOf(bytes), limits);
}

TEST(OutboundQueueTest, IsEmptyAtFirst) {
  const OutboundQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.frames(), 0U);
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(Gathered(queue), "");
}

TEST(OutboundQueueTest, KeepsTheOrder) {
  OutboundQueue queue;
  for (const char* bytes : {"ab", "c", "def", "g", "h", "i"}) ASSERT_TRUE(Push(queue, bytes));
  EXPECT_EQ(Gathered(queue), "abcdefghi");
  EXPECT_EQ(queue.frames(), 6U);
  EXPECT_EQ(queue.bytes(), 9U);
}

TEST(OutboundQueueTest, GathersNoMoreThanThereIsRoomFor) {
  OutboundQueue queue;
  for (const char* bytes : {"ab", "c", "def"}) ASSERT_TRUE(Push(queue, bytes));
  EXPECT_EQ(Gathered(queue, 2), "abc");
  EXPECT_EQ(Gathered(queue, 1), "ab");
}

TEST(OutboundQueueTest, RefusesBeyondTheBytesAndChangesNothing) {
  OutboundQueue queue;
  const OutboundQueue::Limits limits{.max_bytes = 5, .max_frames = 100};
  EXPECT_TRUE(Push(queue, "abc", limits));
  EXPECT_FALSE(Push(queue, "def", limits));
  EXPECT_FALSE(PushControl(queue, "def", limits));
  EXPECT_EQ(Gathered(queue), "abc");
  EXPECT_TRUE(Push(queue, "de", limits));
  EXPECT_EQ(queue.bytes(), 5U);
  EXPECT_FALSE(Push(queue, "f", limits));
}

TEST(OutboundQueueTest, RefusesBeyondTheFramesAndChangesNothing) {
  OutboundQueue queue;
  const OutboundQueue::Limits limits{.max_bytes = 100, .max_frames = 2};
  EXPECT_TRUE(Push(queue, "a", limits));
  EXPECT_TRUE(PushControl(queue, "b", limits));
  EXPECT_FALSE(Push(queue, "c", limits));
  EXPECT_FALSE(PushControl(queue, "c", limits));
  EXPECT_EQ(queue.frames(), 2U);
  queue.Consume(1);
  EXPECT_TRUE(Push(queue, "c", limits));
}

TEST(OutboundQueueTest, APartlySentFrameCountsWhollyUntilItIsDone) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "abcd"));
  queue.Consume(3);
  EXPECT_EQ(queue.bytes(), 4U);
  EXPECT_EQ(queue.frames(), 1U);
  queue.Consume(1);
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_TRUE(queue.empty());
}

TEST(OutboundQueueTest, ACloseGoesInBeyondTheLimits) {
  OutboundQueue queue;
  const OutboundQueue::Limits limits{.max_bytes = 1, .max_frames = 1};
  ASSERT_TRUE(Push(queue, "a", limits));
  queue.PushLast(*FrameOf("CLOSE"));
  EXPECT_EQ(Gathered(queue), "aCLOSE");
}

TEST(OutboundQueueTest, ControlGoesBeforeDataThatHasNotBegun) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data1"));
  ASSERT_TRUE(Push(queue, "data2"));
  ASSERT_TRUE(PushControl(queue, "PING"));
  EXPECT_EQ(Gathered(queue), "PINGdata1data2");
}

TEST(OutboundQueueTest, ControlNeverGoesInsideAPartlySentFrame) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data1"));
  ASSERT_TRUE(Push(queue, "data2"));
  queue.Consume(2);
  ASSERT_TRUE(PushControl(queue, "PING"));
  EXPECT_EQ(Gathered(queue), "ta1PINGdata2");
}

TEST(OutboundQueueTest, ControlsKeepTheirOrder) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  for (const char* bytes : {"P1", "P2", "P3"}) ASSERT_TRUE(PushControl(queue, bytes));
  EXPECT_EQ(Gathered(queue), "P1P2P3data");
  queue.Consume(3);  // P2 is under way
  ASSERT_TRUE(PushControl(queue, "P4"));
  EXPECT_EQ(Gathered(queue), "2P3P4data");
}

TEST(OutboundQueueTest, ControlsKeepTheirOrderBehindAPartlySentFrame) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data1"));
  ASSERT_TRUE(Push(queue, "data2"));
  queue.Consume(1);
  ASSERT_TRUE(PushControl(queue, "P1"));
  ASSERT_TRUE(PushControl(queue, "P2"));
  EXPECT_EQ(Gathered(queue), "ata1P1P2data2");
  queue.Consume(4);
  ASSERT_TRUE(PushControl(queue, "P3"));
  EXPECT_EQ(Gathered(queue), "P1P2P3data2");
}

TEST(OutboundQueueTest, TheOpeningGoesBeforeAll) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.PushFront(*FrameOf("OPEN"));
  EXPECT_EQ(Gathered(queue), "OPENdata");
}

TEST(OutboundQueueTest, NoControlOvertakesTheOpening) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.PushFront(*FrameOf("OPEN"));
  ASSERT_TRUE(PushControl(queue, "P1"));
  ASSERT_TRUE(PushControl(queue, "P2"));
  EXPECT_EQ(Gathered(queue), "OPENP1P2data");
}

TEST(OutboundQueueTest, TheOpeningGoesBeforeControlsThatWait) {
  OutboundQueue queue;
  ASSERT_TRUE(PushControl(queue, "P1"));
  queue.PushFront(*FrameOf("OPEN"));
  ASSERT_TRUE(PushControl(queue, "P2"));
  EXPECT_EQ(Gathered(queue), "OPENP1P2");
}

TEST(OutboundQueueTest, DropUnsentDropsWhatHasNotBegun) {
  OutboundQueue queue;
  for (const char* bytes : {"data1", "data2", "data3"}) ASSERT_TRUE(Push(queue, bytes));
  queue.DropUnsent();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(OutboundQueueTest, DropUnsentLetsAFrameUnderWayEnd) {
  OutboundQueue queue;
  for (const char* bytes : {"data1", "data2", "data3"}) ASSERT_TRUE(Push(queue, bytes));
  queue.Consume(2);
  queue.DropUnsent();
  queue.PushLast(*FrameOf("CLOSE"));
  EXPECT_EQ(Gathered(queue), "ta1CLOSE");
  EXPECT_EQ(queue.bytes(), 10U);
}

// A kick in the turn of the admission: the client must still learn that it was let in, or it reads
// the Close as the answer to its handshake.
TEST(OutboundQueueTest, DropUnsentKeepsTheOpening) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "welcome"));
  queue.PushFront(*FrameOf("OPEN"));
  ASSERT_TRUE(PushControl(queue, "PING"));
  queue.DropUnsent();
  queue.PushLast(*FrameOf("CLOSE"));
  EXPECT_EQ(Gathered(queue), "OPENCLOSE");
}

TEST(OutboundQueueTest, DropUnsentKeepsNothingOnceTheOpeningIsSent) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.PushFront(*FrameOf("OPEN"));
  queue.Consume(4);
  queue.DropUnsent();
  EXPECT_TRUE(queue.empty());
}

TEST(OutboundQueueTest, DropUnsentForgetsControls) {
  OutboundQueue queue;
  ASSERT_TRUE(PushControl(queue, "P1"));
  ASSERT_TRUE(PushControl(queue, "P2"));
  queue.DropUnsent();
  ASSERT_TRUE(Push(queue, "data"));
  ASSERT_TRUE(PushControl(queue, "P3"));
  EXPECT_EQ(Gathered(queue), "P3data");
}

TEST(OutboundQueueTest, ResetIsAsNew) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.PushFront(*FrameOf("OPEN"));
  queue.Consume(1);
  queue.Reset();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  ASSERT_TRUE(Push(queue, "again"));
  ASSERT_TRUE(PushControl(queue, "P"));
  EXPECT_EQ(Gathered(queue), "Pagain");
  queue.DropUnsent();
  EXPECT_TRUE(queue.empty());
}

TEST(OutboundQueueTest, ReleaseKeepsWhatWaits) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.Release();
  EXPECT_EQ(Gathered(queue), "data");
  queue.Consume(4);
  queue.Release();
  queue.Release();
  ASSERT_TRUE(Push(queue, "more"));
  EXPECT_EQ(Gathered(queue), "more");
}

TEST(OutboundQueueTest, FramesWithoutBytesGoAlong) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, ""));
  ASSERT_TRUE(Push(queue, "a"));
  ASSERT_TRUE(Push(queue, ""));
  queue.Consume(1);
  EXPECT_TRUE(queue.empty());
}

TEST(OutboundQueueTest, IsSmallWhileItIsEmpty) {
  EXPECT_LE(sizeof(OutboundQueue), 40U);
}

TEST(OutboundQueueDeathTest, NothingGoesInFrontOfAFrameUnderWay) {
  OutboundQueue queue;
  ASSERT_TRUE(Push(queue, "data"));
  queue.Consume(1);
  const LocalFramePtr open = FrameOf("OPEN");
  EXPECT_DEATH(queue.PushFront(*open), "under way");
}

}  // namespace
}  // namespace edge
