#include "edge/presence/presence_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Takes `room_for` deltas and no more.
class RecordingSink final : public PresenceSink {
 public:
  explicit RecordingSink(size_t room_for = 1000) : room_for_(room_for) {}
  bool OnDelta(const PresenceDelta& delta) override {
    ++offered;
    if (sequences.size() == room_for_) return false;
    sequences.push_back(delta.sequence);
    users.push_back(delta.change.entry.user.str());
    return true;
  }

  std::vector<uint64_t> sequences;
  std::vector<std::string> users;
  size_t offered = 0;

 private:
  size_t room_for_;
};

PresenceDelta Joined(const char* user) {
  PresenceDelta delta;
  delta.change.entry.user = UserId(user);
  return delta;
}

TEST(PresenceFeedTest, NumbersChangesFromOne) {
  PresenceFeed feed;
  const auto sink = std::make_shared<RecordingSink>();
  feed.Watch(1, sink);
  EXPECT_EQ(feed.sequence(), 0U);
  feed.Publish(Joined("a"));
  feed.Publish(Joined("b"));
  EXPECT_THAT(sink->sequences, ElementsAre(1, 2));
  EXPECT_THAT(sink->users, ElementsAre("a", "b"));
  EXPECT_EQ(feed.sequence(), 2U);
}

TEST(PresenceFeedTest, NumbersGoOnWhileNobodyWatches) {
  PresenceFeed feed;
  feed.Publish(Joined("a"));
  EXPECT_FALSE(feed.watched());
  const auto sink = std::make_shared<RecordingSink>();
  feed.Watch(1, sink);
  feed.Publish(Joined("b"));
  EXPECT_THAT(sink->sequences, ElementsAre(2));
}

TEST(PresenceFeedTest, IgnoresTheNumberThatADeltaBrings) {
  PresenceFeed feed;
  const auto sink = std::make_shared<RecordingSink>();
  feed.Watch(1, sink);
  PresenceDelta delta = Joined("a");
  delta.sequence = 99;
  feed.Publish(delta);
  EXPECT_THAT(sink->sequences, ElementsAre(1));
}

TEST(PresenceFeedTest, AllWatchersGetTheSameNumbers) {
  PresenceFeed feed;
  const auto first = std::make_shared<RecordingSink>();
  const auto second = std::make_shared<RecordingSink>();
  feed.Watch(1, first);
  feed.Publish(Joined("a"));
  feed.Watch(2, second);
  feed.Publish(Joined("b"));
  EXPECT_THAT(first->sequences, ElementsAre(1, 2));
  EXPECT_THAT(second->sequences, ElementsAre(2));
}

TEST(PresenceFeedTest, UnwatchedGetsNothingMore) {
  PresenceFeed feed;
  const auto sink = std::make_shared<RecordingSink>();
  feed.Watch(1, sink);
  EXPECT_FALSE(feed.Unwatch(2));
  EXPECT_TRUE(feed.watched());
  EXPECT_TRUE(feed.Unwatch(1));
  EXPECT_FALSE(feed.Unwatch(1));
  EXPECT_FALSE(feed.watched());
  feed.Publish(Joined("a"));
  EXPECT_THAT(sink->sequences, IsEmpty());
  EXPECT_EQ(sink.use_count(), 1);
}

TEST(PresenceFeedTest, DropsTheSinkThatCannotTakeMoreAndNoOther) {
  PresenceFeed feed;
  const auto before = std::make_shared<RecordingSink>();
  const auto slow = std::make_shared<RecordingSink>(1);
  const auto after = std::make_shared<RecordingSink>();
  feed.Watch(1, before);
  feed.Watch(2, slow);
  feed.Watch(3, after);
  for (const char* user : {"a", "b", "c"}) feed.Publish(Joined(user));
  EXPECT_THAT(before->sequences, ElementsAre(1, 2, 3));
  EXPECT_THAT(after->sequences, ElementsAre(1, 2, 3));
  EXPECT_THAT(slow->sequences, ElementsAre(1));
  EXPECT_EQ(slow->offered, 2U);  // refused once, never asked again
  EXPECT_EQ(slow.use_count(), 1);
  EXPECT_FALSE(feed.Unwatch(2));
}

TEST(PresenceFeedTest, AfterTheLastSinkIsDroppedNobodyWatches) {
  PresenceFeed feed;
  feed.Watch(1, std::make_shared<RecordingSink>(0));
  feed.Publish(Joined("a"));
  EXPECT_FALSE(feed.watched());
}

}  // namespace
}  // namespace edge
