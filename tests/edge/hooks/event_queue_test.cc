#include "edge/hooks/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;

std::vector<uint64_t> Sequences(const HookEventQueue::Batch& batch) {
  std::vector<uint64_t> sequences;
  for (const auto& event : batch.events) sequences.push_back(event.sequence());
  return sequences;
}

TEST(HookEventQueueTest, NumbersAndKeepsTheOrder) {
  HookEventQueue queue(10);
  EXPECT_TRUE(queue.Push({}));
  EXPECT_FALSE(queue.Push({}));
  EXPECT_FALSE(queue.Push({}));
  EXPECT_THAT(Sequences(queue.Take(2)), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(queue.Take(2)), ElementsAre(3));
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.Push({}));
}

TEST(HookEventQueueTest, GivesUpTheOldestAndSaysSoOnce) {
  HookEventQueue queue(3);
  for (int i = 0; i < 5; ++i) queue.Push({});
  const HookEventQueue::Batch batch = queue.Take(10);
  EXPECT_THAT(Sequences(batch), ElementsAre(3, 4, 5));
  EXPECT_EQ(batch.lost, 2U);
  queue.Push({});
  EXPECT_EQ(queue.Take(10).lost, 0U);
  EXPECT_EQ(queue.lost(), 2U);
}

}  // namespace
}  // namespace edge
