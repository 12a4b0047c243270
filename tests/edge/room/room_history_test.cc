#include "edge/room/room_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "edge/base/random.h"

namespace edge {
namespace {

RoomHistory::Entry Entry(const std::string& text, int64_t at = 1000, int64_t keep = 0) {
  RoomHistory::Entry entry{.frame = Frame::Copy(text), .unix_millis = at};
  if (keep != 0) {
    auto rules = std::make_shared<PublishRules>();
    rules->keep_millis = keep;
    auto extras = std::make_unique<RoomHistory::Extras>();
    extras->rules = std::move(rules);
    entry.extras = std::move(extras);
  }
  return entry;
}

TEST(RoomHistoryTest, ANewOneHoldsNothingAndReachesItsBeginning) {
  const RoomHistory history;
  EXPECT_TRUE(history.empty());
  EXPECT_EQ(history.last_offset(), 0U);
  EXPECT_EQ(history.first_offset(), 1U);
  EXPECT_TRUE(history.Reaches(0));
  EXPECT_FALSE(history.Reaches(1));
}

TEST(RoomHistoryTest, KeepsTheLastOnesUpToItsBound) {
  RoomHistory history;
  for (int i = 1; i <= 10; ++i) history.Append(Entry(std::to_string(i)), 3);
  EXPECT_EQ(history.size(), 3U);
  EXPECT_EQ(history.first_offset(), 8U);
  EXPECT_EQ(history.At(8).frame->bytes(), "8");
  EXPECT_EQ(history.At(10).frame->bytes(), "10");
  EXPECT_TRUE(history.Reaches(7));
  EXPECT_FALSE(history.Reaches(6));
  EXPECT_TRUE(history.Reaches(10));
  EXPECT_FALSE(history.Reaches(11));
}

TEST(RoomHistoryTest, DropsWhatIsTooOldAndGoesOnCounting) {
  RoomHistory history;
  for (int i = 1; i <= 4; ++i) history.Append(Entry("x", i * 100), 10);
  history.DropOlderThan(300);
  EXPECT_EQ(history.first_offset(), 3U);
  history.Clear();
  EXPECT_EQ(history.bytes(), 0U);
  EXPECT_EQ(history.last_offset(), 4U);
  EXPECT_FALSE(history.Reaches(3));
  EXPECT_TRUE(history.Reaches(4));
  history.Append(Entry("y", 500), 10);
  EXPECT_EQ(history.At(5).frame->bytes(), "y");
}

TEST(RoomHistoryTest, AnEntryWithATimeOfItsOwnLosesItsFrameAndKeepsItsPlace) {
  RoomHistory history;
  history.Append(Entry("a", 1000, 500), 10);
  history.Append(Entry("b", 1000), 10);
  const size_t before = history.bytes();
  history.DropExpired(1499);
  EXPECT_EQ(history.bytes(), before);
  history.DropExpired(1500);
  EXPECT_LT(history.bytes(), before);
  EXPECT_FALSE(history.At(1).frame);
  EXPECT_EQ(history.At(2).frame->bytes(), "b");
  EXPECT_TRUE(history.Reaches(0));
}

TEST(RoomHistoryTest, ARingThatABurstMadeLargeBecomesSmallAgain) {
  RoomHistory history;
  for (int i = 0; i < 1000; ++i) history.Append(Entry("x", i), 1000);
  const size_t large = history.bytes();
  for (int pass = 0; pass < 10; ++pass) history.DropOlderThan(990);
  EXPECT_EQ(history.size(), 10U);
  EXPECT_EQ(history.At(1000).frame->bytes(), "x");
  EXPECT_LT(history.bytes(), large / 8);
  history.DropOlderThan(2000);
  EXPECT_EQ(history.bytes(), 0U);
  EXPECT_EQ(history.last_offset(), 1000U);
}

TEST(RoomHistoryTest, CountsWhatItsRulesHold) {
  RoomHistory history;
  history.Append(Entry("x"), 10);
  const size_t plain = history.bytes();
  auto entry = Entry("x");
  auto rules = std::make_shared<PublishRules>();
  for (int i = 0; i < 100; ++i) rules->exclusions.users.emplace_back(std::string(255, 'u'));
  auto extras = std::make_unique<RoomHistory::Extras>();
  extras->rules = std::move(rules);
  entry.extras = std::move(extras);
  history.Append(std::move(entry), 10);
  EXPECT_GT(history.bytes(), plain + 25'500);
}

// Against a deque of texts, over random orders.
TEST(RoomHistoryPropertyTest, AgreesWithASimpleModel) {
  FastRandom random(7);
  RoomHistory history;
  std::deque<std::pair<uint64_t, int64_t>> model;  // offset, time
  uint64_t offset = 0;
  int64_t now = 1000;
  for (int step = 0; step < 20'000; ++step) {
    now += static_cast<int64_t>(random.Below(5));
    switch (random.Below(8)) {
      case 0: {
        const int64_t bound = now - static_cast<int64_t>(random.Below(100));
        history.DropOlderThan(bound);
        while (!model.empty() && model.front().second < bound) model.pop_front();
        break;
      }
      case 1:
        if (random.Below(50) == 0) {
          history.Clear();
          model.clear();
        }
        break;
      default: {
        const size_t most = 1 + random.Below(20);
        history.Append(Entry(std::to_string(++offset), now), most);
        while (model.size() >= most) model.pop_front();
        model.emplace_back(offset, now);
      }
    }
    ASSERT_EQ(history.size(), model.size());
    ASSERT_EQ(history.last_offset(), offset);
    size_t bytes = 0;
    for (const auto& [at, time] : model) {
      ASSERT_EQ(history.At(at).frame->bytes(), std::to_string(at));
      ASSERT_EQ(history.At(at).unix_millis, time);
      bytes += sizeof(Frame) + std::to_string(at).size();
    }
    // Beside them the ring, which is neither too small nor left large for ever.
    const size_t places = (history.bytes() - bytes) / sizeof(RoomHistory::Entry);
    ASSERT_EQ(history.bytes(), bytes + places * sizeof(RoomHistory::Entry));
    ASSERT_GE(places, model.size());
    ASSERT_LE(places, 64U);
  }
}

}  // namespace
}  // namespace edge
