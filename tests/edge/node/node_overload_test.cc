// Full mailboxes, readers that stall, and leaving.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using Answers = std::vector<std::future<absl::StatusOr<BroadcastResult>>>;

struct Tally {
  uint64_t accepted = 0;
  uint64_t refused = 0;
};

class NodeOverloadTest : public testing::Test {
 protected:
  Answers BroadcastMany(TestNode& node, const std::string& room, int count) {
    Answers answers;
    for (int i = 0; i < count; ++i) {
      answers.push_back(node.Begin<BroadcastResult>([&](Done<BroadcastResult> done) {
        node->Broadcast({.rooms = {RoomName(room)}, .message = {.payload = {.bytes = "1"}}},
                        std::move(done));
      }));
    }
    return answers;
  }
  // Accepted ones have the offsets 1, 2, 3…, refused ones none.
  Tally Check(TestNode& node, Answers answers) {
    Tally tally;
    for (auto& answer : answers) {
      const auto result = node.Wait(std::move(answer));
      EXPECT_TRUE(result.ok());
      const RoomDelivery& delivery = result->front();
      if (delivery.status.ok()) {
        EXPECT_EQ(delivery.offset, ++tally.accepted);
      } else {
        EXPECT_EQ(delivery.status.code(), absl::StatusCode::kResourceExhausted);
        EXPECT_EQ(delivery.offset, 0U);
        EXPECT_EQ(delivery.counts.matched, 0U);
        ++tally.refused;
      }
    }
    return tally;
  }
  static void SmallMailbox(gatehouse::v1::Config& config) {
    config.mutable_node()->set_mailbox_capacity(1024);
    config.mutable_client()->set_write_queue_messages(100000);
  }
};

// The home runs, the shard of a member does not: what does not fit there is refused before it has
// an offset, so that both members miss nothing.
TEST_F(NodeOverloadTest, FullMemberShardRefusesPublicationsBeforeTheirOffset) {
  TestNode node(2, SmallMailbox);
  const std::string room = TestNode::RoomAt(0, 2);
  auto near = node.JoinOn(0, "near", room);
  auto far = node.JoinOn(1, "far", room);
  std::promise<void> go_on;
  node.HoldShard(far.id, go_on.get_future().share());
  Answers answers = BroadcastMany(node, room, 900);
  // The last refusal has been answered before the shard goes on.
  answers.back().wait();
  go_on.set_value();
  const Tally tally = Check(node, std::move(answers));
  EXPECT_GT(tally.accepted, 300U);
  EXPECT_GT(tally.refused, 100U);
  EXPECT_EQ(node.Broadcast(room, "2").offset, tally.accepted + 1);
  for (TestClient* client : {&near.client, &far.client}) {
    for (uint64_t i = 1; i <= tally.accepted + 1; ++i) {
      ASSERT_EQ(JsonNumber(client->ReadText(), "offset"), i);
    }
  }
}

TEST_F(NodeOverloadTest, FullHomeShardRefusesCallsAndTakesThemAgainLater) {
  TestNode node(1, SmallMailbox);
  auto member = node.Join("alice", "chat");
  std::promise<void> go_on;
  node.HoldShard(member.id, go_on.get_future().share());
  Answers answers = BroadcastMany(node, "chat", 1500);
  const auto kick = node.Kick({.user = UserId("alice")});
  EXPECT_EQ(kick.status().code(), absl::StatusCode::kResourceExhausted);
  go_on.set_value();
  const Tally tally = Check(node, std::move(answers));
  EXPECT_EQ(tally.accepted, 1024U);
  EXPECT_EQ(tally.refused, 476U);
  EXPECT_EQ(node.Broadcast("chat", "2").offset, 1025U);
}

TEST_F(NodeOverloadTest, StalledReaderDelaysNobodyAndItsQueueIsBounded) {
  for (const uint32_t shards : {1U, 2U}) {
    TestNode node(shards,
                  [](auto& config) { config.mutable_client()->set_send_buffer_size(65536); });
    auto stalled = node.Join("stalled", "chat", 4096);
    auto healthy = node.Join("healthy", "chat");
    const std::string content = "\"" + std::string(50000, 'x') + "\"";
    for (uint64_t i = 1; i <= 100; ++i) {
      const RoomDelivery delivery = node.Broadcast("chat", content);
      EXPECT_EQ(delivery.offset, i);
      EXPECT_EQ(JsonNumber(healthy.client.ReadText(), "offset"), i);
      if (const auto entry = node.Find(stalled.id); entry.ok()) {
        EXPECT_LE(entry->queued_bytes, 1U << 20);
      }
    }
    EXPECT_EQ(node.Metric("gatehouse_sessions_slow_total"), 1);
    EXPECT_FALSE(node.Has(stalled.id));
    EXPECT_EQ(node.Broadcast("chat", "1").counts.matched, 1U);
  }
}

class NodeDrainTest : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Shards, NodeDrainTest, testing::Values(1, 2));

TEST_P(NodeDrainTest, ClientsAreToldToComeBackAndTheNodeIsEmpty) {
  TestNode node(GetParam());
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 30; ++i) members.push_back(node.Join("u" + std::to_string(i), "chat"));
  std::thread drain([&] { node->Drain(); });
  for (auto& member : members) {
    EXPECT_EQ(member.client.ReadClose(), (std::pair<uint16_t, std::string>(3001, "shutdown")));
    member.client.SendClose(3001);
  }
  drain.join();
  EXPECT_TRUE(node->draining());
  EXPECT_EQ(node.Metric("gatehouse_connections"), 0);
}

TEST_P(NodeDrainTest, ClosesKeepToThePace) {
  TestNode node(GetParam(), [](auto& config) {
    config.mutable_drain()->set_closes_per_second(20);
    config.mutable_drain()->set_timeout(10000);
  });
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 11; ++i) members.push_back(node.Join("u" + std::to_string(i), "chat"));
  const int64_t begin = SystemClock().MonotonicMillis();
  std::thread drain([&] { node->Drain(); });
  for (auto& member : members) {
    member.client.ReadClose();
    member.client.SendClose(3001);
  }
  const int64_t took = SystemClock().MonotonicMillis() - begin;
  drain.join();
  EXPECT_GE(took, 480);  // ten more after the first, at twenty a second
  EXPECT_LT(took, 9000);
}

TEST_P(NodeDrainTest, ClientThatDoesNotAnswerHoldsItNoLongerThanTheTimeout) {
  TestNode node(GetParam(), [](auto& config) { config.mutable_drain()->set_timeout(600); });
  auto silent = node.Join("silent", "chat");
  const TestClient idle(node->client_address());  // no request ever comes
  const int64_t begin = SystemClock().MonotonicMillis();
  node->Drain();
  const int64_t took = SystemClock().MonotonicMillis() - begin;
  EXPECT_GE(took, 590);
  EXPECT_LT(took, 3000);
}

TEST(NodeDrainOrderTest, WhoAsksLaterIsToldToComeBack) {
  TestNode node(1);
  auto alice = node.Join("alice", "chat");
  TestClient early(node->client_address());  // accepted before, asks after
  ASSERT_TRUE(Eventually([&] { return node.Metric("gatehouse_connections") == 2; }));
  std::thread drain([&] { node->Drain(); });
  EXPECT_EQ(alice.client.ReadClose().first, 3001);
  early.Send(UpgradeRequest(TestNode::Target("late", "chat")));
  EXPECT_EQ(HttpStatusIn(early.ReadAll()), 503);
  alice.client.SendClose(3001);
  drain.join();
}

}  // namespace
}  // namespace edge
