// Presence through NodeApi: views, pages, watches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "edge/base/mutex.h"
#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::ElementsAre;

// Replays a watch: who is in the room by what it was told, and what was wrong with that.
class Replay final : public PresenceWatcher {
 public:
  explicit Replay(size_t takes = SIZE_MAX) : takes_(takes) {}

  bool OnPresence(std::shared_ptr<const PresenceEvent> event) override {
    const MutexLock lock(mutex_);
    ++events_;
    if (events_ > takes_) return false;
    Apply(*event);
    return true;
  }
  void OnWatchEnd(absl::Status status) override {
    const MutexLock lock(mutex_);
    end_ = std::move(status);
  }

  std::set<std::string> connections() {
    const MutexLock lock(mutex_);
    return connections_;
  }
  uint64_t sequence() {
    const MutexLock lock(mutex_);
    return sequence_;
  }
  size_t events() {
    const MutexLock lock(mutex_);
    return events_;
  }
  std::vector<std::string> faults() {
    const MutexLock lock(mutex_);
    return faults_;
  }
  PresenceEvent last() {
    const MutexLock lock(mutex_);
    return last_;
  }

 private:
  void Apply(const PresenceEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    last_ = event;
    if (event.kind == PresenceEvent::Kind::kSnapshot) {
      sequence_ = event.sequence;
      for (const auto& entry : event.connections) connections_.insert(entry.connection.ToString());
      return;
    }
    if (event.sequence != sequence_ + 1)
      faults_.push_back("gap at " + std::to_string(event.sequence));
    sequence_ = event.sequence;
    for (const auto& entry : event.connections) {
      const std::string id = entry.connection.ToString();
      const bool join = event.kind == PresenceEvent::Kind::kJoin;
      if (join && !connections_.insert(id).second) faults_.push_back("joined twice");
      if (event.kind == PresenceEvent::Kind::kLeave && connections_.erase(id) == 0) {
        faults_.push_back("left without being in");
      }
    }
  }

  Mutex mutex_;
  const size_t takes_;
  size_t events_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string> connections_ ABSL_GUARDED_BY(mutex_);
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> faults_ ABSL_GUARDED_BY(mutex_);
  PresenceEvent last_ ABSL_GUARDED_BY(mutex_);
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

class NodePresenceTest : public testing::TestWithParam<uint32_t> {
 protected:
  TestNode node{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, NodePresenceTest, testing::Values(1, 2));

TEST_P(NodePresenceTest, ViewsShowUsersConnectionsOrCounts) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "chat");
  auto bob = node.Join("bob", "chat");
  const auto users = node.Presence("chat", PresenceDetail::kUsers);
  ASSERT_EQ(users->users.size(), 2U);
  EXPECT_EQ(users->users[0].user, UserId("alice"));
  EXPECT_EQ(users->users[0].connections, 2U);
  EXPECT_TRUE(users->connections.empty());
  const auto connections = node.Presence("chat", PresenceDetail::kConnections);
  EXPECT_EQ(connections->connections.size(), 3U);
  const auto counts = node.Presence("chat", PresenceDetail::kCounts);
  EXPECT_EQ(counts->user_count, 2U);
  EXPECT_EQ(counts->connection_count, 3U);
  EXPECT_TRUE(counts->users.empty() && counts->connections.empty());
  EXPECT_EQ(node.Presence("nobody", PresenceDetail::kUsers)->user_count, 0U);
}

TEST_P(NodePresenceTest, PagesCoverTheRoomOnce) {
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 25; ++i)
    members.push_back(node.Join("user" + std::to_string(i % 20), "chat"));
  for (const PresenceDetail detail : {PresenceDetail::kUsers, PresenceDetail::kConnections}) {
    std::multiset<std::string> seen;
    Page page{.size = 7};
    do {
      const auto part = node.Presence("chat", detail, page);
      ASSERT_TRUE(part.ok());
      EXPECT_LE(part->users.size() + part->connections.size(), 7U);
      for (const auto& user : part->users) seen.insert(user.user.str());
      for (const auto& connection : part->connections)
        seen.insert(connection.connection.ToString());
      page.token = part->next_token;
    } while (!page.token.empty());
    const size_t expected = detail == PresenceDetail::kUsers ? 20 : 25;
    EXPECT_EQ(seen.size(), expected);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), expected);
  }
  EXPECT_EQ(node.Presence("chat", PresenceDetail::kUsers, {.token = "%"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(NodePresenceTest, StatsOfManyRoomsComeInTheirOrder) {
  auto alice1 = node.Join("alice", "a");
  auto alice2 = node.Join("alice", "a");
  auto bob = node.Join("bob", "b");
  const auto stats =
      node.Ask<std::vector<PresenceStats>>([&](Done<std::vector<PresenceStats>> done) {
        node->GetPresenceStats({RoomName("b"), RoomName("none"), RoomName("a")}, std::move(done));
      });
  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->size(), 3U);
  EXPECT_EQ((*stats)[0].connections, 1U);
  EXPECT_EQ((*stats)[1].connections, 0U);
  EXPECT_EQ((*stats)[2].connections, 2U);
  EXPECT_EQ((*stats)[2].users, 1U);
}

TEST_P(NodePresenceTest, WatchBeginsWithASnapshotAndGoesOnWithDeltas) {
  auto alice = node.Join("alice", "chat");
  const auto replay = std::make_shared<Replay>();
  const WatchId watch = node->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  ASSERT_TRUE(Eventually([&] { return replay->events() == 1; }));
  EXPECT_THAT(replay->connections(), ElementsAre(alice.id.ToString()));
  auto bob = node.Join("bob", "chat");
  ASSERT_TRUE(Eventually([&] { return replay->events() == 2; }));
  EXPECT_EQ(replay->last().kind, PresenceEvent::Kind::kJoin);
  EXPECT_TRUE(replay->last().user_edge);
  ASSERT_TRUE(node.Kick({.connection = bob.id}).ok());
  ASSERT_TRUE(Eventually([&] { return replay->events() == 3; }));
  EXPECT_EQ(replay->last().kind, PresenceEvent::Kind::kLeave);
  EXPECT_EQ(replay->last().reason, LeaveReason::kKicked);
  node->StopWatch(watch);
  EXPECT_THAT(replay->faults(), ElementsAre());
}

TEST_P(NodePresenceTest, WatchOfAnEmptyRoomGoesOnOverItsEmptyTimes) {
  const auto replay = std::make_shared<Replay>();
  node->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  ASSERT_TRUE(Eventually([&] { return replay->events() == 1; }));
  for (size_t i = 0; i < 5; ++i) {
    auto alice = node.Join("alice", "chat");
    alice.client.Close();
    ASSERT_TRUE(Eventually([&] { return replay->events() == 3 + 2 * i; }));
  }
  EXPECT_EQ(replay->sequence(), 10U);
  EXPECT_THAT(replay->faults(), ElementsAre());
}

TEST_P(NodePresenceTest, StoppedWatchGetsNothingFurther) {
  const auto replay = std::make_shared<Replay>();
  const WatchId watch = node->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  ASSERT_TRUE(Eventually([&] { return replay->events() == 1; }));
  node->StopWatch(watch);
  node->StopWatch(watch);
  // Behind the end of the watch in the home's mailbox.
  EXPECT_EQ(node.Presence("chat", PresenceDetail::kCounts)->connection_count, 0U);
  auto alice = node.Join("alice", "chat");
  EXPECT_EQ(node.Presence("chat", PresenceDetail::kCounts)->connection_count, 1U);
  EXPECT_EQ(replay->events(), 1U);
}

TEST_P(NodePresenceTest, WatcherThatCannotTakeMoreIsDropped) {
  const auto replay = std::make_shared<Replay>(2);  // a snapshot and one delta
  node->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 5; ++i) members.push_back(node.Join("u" + std::to_string(i), "chat"));
  EXPECT_EQ(node.Presence("chat", PresenceDetail::kCounts)->connection_count, 5U);
  EXPECT_EQ(replay->events(), 3U);  // the one it refused was the last
}

TEST_P(NodePresenceTest, ReplayUnderChurnIsTheTruthWithoutGaps) {
  std::vector<TestNode::Member> stay;
  for (int i = 0; i < 5; ++i) stay.push_back(node.Join("stay" + std::to_string(i), "chat"));
  const auto churn = [&](const std::string& name) {
    for (int i = 0; i < 60; ++i) {
      auto member = node.Join(name + std::to_string(i % 3), "chat");
      if (i % 3 == 0) member.client.Say(R"({"type":"leave"})");
      if (i % 3 == 1) member.client.Reset();
    }
  };
  std::thread one([&] { churn("one"); });
  std::thread two([&] { churn("two"); });
  const auto replay = std::make_shared<Replay>();
  node->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  one.join();
  two.join();
  ASSERT_TRUE(Eventually([&] {
    return node.Presence("chat", PresenceDetail::kCounts)->connection_count == 5U &&
           replay->connections().size() == 5U;
  }));
  std::set<std::string> truth;
  const auto present = node.Presence("chat", PresenceDetail::kConnections);
  for (const auto& entry : present->connections) {
    truth.insert(entry.connection.ToString());
  }
  EXPECT_EQ(replay->connections(), truth);
  EXPECT_THAT(replay->faults(), ElementsAre());
}

TEST_P(NodePresenceTest, LargeSnapshotComesInParts) {
  TestNode large(GetParam(),
                 [](auto& config) { config.mutable_client()->set_handshakes_per_second(0); });
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 501; ++i) members.push_back(large.Join("u" + std::to_string(i), "chat"));
  const auto replay = std::make_shared<Replay>();
  large->WatchPresence({.rooms = {RoomName("chat")}}, replay);
  ASSERT_TRUE(Eventually([&] { return replay->events() == 2; }));
  EXPECT_EQ(replay->connections().size(), 501U);
  EXPECT_FALSE(replay->last().more);
  EXPECT_EQ(replay->last().stats.connections, 501U);
}

}  // namespace
}  // namespace edge
