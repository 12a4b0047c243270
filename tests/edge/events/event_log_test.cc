#include "edge/events/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EdgeEvent At(int64_t millis, const std::string& room = "r") {
  return {.kind = EdgeEvent::Kind::kOccupied, .unix_millis = millis, .room = RoomName(room)};
}

std::vector<uint64_t> Numbers(const EventLog::Batch& batch) {
  std::vector<uint64_t> numbers;
  for (const EventLog::EventPtr& event : batch.events) numbers.push_back(event->sequence);
  return numbers;
}

TEST(EventLogTest, NothingIsKeptWhileNobodyWatches) {
  EventLog log({});
  EXPECT_FALSE(log.active());
  log.Append(At(1));
  const uint64_t begun = log.AddWatcher();
  EXPECT_TRUE(log.active());
  EXPECT_THAT(log.Read(begun, 10).events, IsEmpty());
}

TEST(EventLogTest, EventsAreNumberedWithoutAGapAndReadInBatches) {
  EventLog log({});
  const uint64_t begun = log.AddWatcher();
  for (int i = 0; i < 5; ++i) log.Append(At(i));
  EXPECT_THAT(Numbers(log.Read(begun, 3)), ElementsAre(begun + 1, begun + 2, begun + 3));
  EXPECT_THAT(Numbers(log.Read(begun + 3, 3)), ElementsAre(begun + 4, begun + 5));
  EXPECT_THAT(log.Read(begun + 5, 3).events, IsEmpty());
}

TEST(EventLogTest, WhatIsNotKeptAnyMoreIsAGap) {
  EventLog log({.max_events = 3, .max_age_millis = 1000});
  const uint64_t begun = log.AddWatcher();
  for (int i = 0; i < 4; ++i) log.Append(At(i));
  EXPECT_TRUE(log.Read(begun, 10).gap);
  EXPECT_EQ(log.Read(begun + 1, 10).events.size(), 3U);
  log.Append(At(1002));
  EXPECT_TRUE(log.Read(begun + 1, 10).gap);
  EXPECT_THAT(Numbers(log.Read(begun + 2, 10)), ElementsAre(begun + 3, begun + 4, begun + 5));
}

TEST(EventLogTest, ANumberThatIsNotYetIsAGap) {
  EventLog log({});
  EXPECT_TRUE(log.Read(log.AddWatcher() + 1, 10).gap);
}

TEST(EventLogTest, AWatcherThatComesBackInTimeMissesNothing) {
  EventLog log({.max_age_millis = 1000});
  const uint64_t begun = log.AddWatcher();
  log.RemoveWatcher(100);
  log.Append(At(900));
  log.AddWatcher();
  EXPECT_EQ(log.Read(begun, 10).events.size(), 1U);
}

TEST(EventLogTest, OneThatComesBackTooLateHasAGap) {
  EventLog log({.max_age_millis = 1000});
  const uint64_t begun = log.AddWatcher();
  log.RemoveWatcher(100);
  log.Append(At(1100));
  EXPECT_FALSE(log.active());
  log.AddWatcher();
  EXPECT_TRUE(log.Read(begun, 10).gap);
}

TEST(EventLogTest, AWaiterIsWokenOnce) {
  EventLog log({});
  const uint64_t begun = log.AddWatcher();
  int woken = 0;
  log.Wait(&log, begun, [&] { ++woken; });
  EXPECT_EQ(woken, 0);
  log.Append(At(1));
  log.Append(At(2));
  EXPECT_EQ(woken, 1);
  log.Wait(&log, begun, [&] { ++woken; });  // there is something already
  EXPECT_EQ(woken, 2);
  log.Wait(&log, begun + 2, [&] { ++woken; });
  log.CancelWait(&log);
  log.Append(At(3));
  EXPECT_EQ(woken, 2);
}

TEST(EventLogTest, ThreadsAppendAndAReaderGetsAllInOrder) {
  EventLog log({});
  const uint64_t begun = log.AddWatcher();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) log.Append(At(1));
    });
  }
  uint64_t at = begun;
  while (at < begun + 6000) {
    for (const uint64_t number : Numbers(log.Read(at, 100))) ASSERT_EQ(number, ++at);
  }
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace edge
