// Publishing through NodeApi, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::ElementsAre;

class NodeBroadcastTest : public testing::TestWithParam<uint32_t> {
 protected:
  absl::StatusOr<BroadcastResult> Send(BroadcastCommand command) {
    return node.Ask<BroadcastResult>(
        [&](Done<BroadcastResult> done) { node->Broadcast(std::move(command), std::move(done)); });
  }
  static Message Json(const std::string& json) { return {.payload = {.bytes = json}}; }

  TestNode node{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, NodeBroadcastTest, testing::Values(1, 2));

TEST_P(NodeBroadcastTest, SaysOffsetEpochAndCounts) {
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 10; ++i) members.push_back(node.Join("u" + std::to_string(i), "chat"));
  const RoomDelivery first = node.Broadcast("chat", "{\"n\":1}");
  const RoomDelivery second = node.Broadcast("chat", "2");
  EXPECT_TRUE(first.status.ok());
  EXPECT_EQ(first.offset, 1U);
  EXPECT_EQ(second.offset, 2U);
  EXPECT_EQ(first.epoch, second.epoch);
  EXPECT_NE(first.epoch, 0U);
  EXPECT_EQ(first.counts.matched, 10U);
  EXPECT_EQ(first.counts.queued, 10U);
  EXPECT_EQ(first.counts.dropped, 0U);
  for (auto& member : members)
    EXPECT_EQ(JsonField(member.client.ReadText(), "content"), "{\"n\":1}");
}

TEST_P(NodeBroadcastTest, ToAnEmptyRoomMatchesNobodyAndIsNoError) {
  const RoomDelivery delivery = node.Broadcast("nobody", "1");
  EXPECT_TRUE(delivery.status.ok());
  EXPECT_EQ(delivery.offset, 0U);
  EXPECT_EQ(delivery.counts.matched, 0U);
}

TEST_P(NodeBroadcastTest, ToManyRoomsAnswersInTheirOrder) {
  auto a = node.Join("a", "room0");
  auto b = node.Join("b", "room7");
  BroadcastCommand command{.message = Json("1")};
  for (int i = 0; i < 50; ++i) command.rooms.emplace_back("room" + std::to_string(i));
  const auto result = Send(std::move(command));
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->size(), 50U);
  for (size_t i = 0; i < 50; ++i)
    EXPECT_EQ((*result)[i].counts.matched, i == 0 || i == 7 ? 1U : 0U) << i;
}

TEST_P(NodeBroadcastTest, MessageNamesUserAndTags) {
  auto member = node.Join("a", "chat");
  ASSERT_TRUE(Send({.rooms = {RoomName("chat")},
                    .message = {.payload = {.kind = Payload::Kind::kText, .bytes = "a \"b\""},
                                .user = "robot",
                                .tags = {{"k", "v"}}}})
                  .ok());
  const std::string text = member.client.ReadText();
  EXPECT_EQ(JsonField(text, "content"), R"("a \"b\"")");
  EXPECT_EQ(JsonField(text, "user"), "\"robot\"");
  EXPECT_EQ(JsonField(text, "tags"), R"({"k":"v"})");
}

TEST_P(NodeBroadcastTest, BinaryIsRefusedWhereTheNamespaceDoesNotAllowIt) {
  auto yes = node.Join("a", "bytes:1");
  auto no = node.Join("b", "chat");
  const auto result =
      Send({.rooms = {RoomName("chat"), RoomName("bytes:1")},
            .message = {.payload = {.kind = Payload::Kind::kBinary, .bytes = "\x01"}}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)[0].status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ((*result)[0].offset, 0U);
  EXPECT_TRUE((*result)[1].status.ok());
  const auto message = yes.client.ReadMessage();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->opcode, Opcode::kBinary);
  EXPECT_EQ(message->payload, "\x01");
}

TEST_P(NodeBroadcastTest, ExcludedUsersAndConnectionsGetNothingAndAreNotCounted) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "chat");
  auto bob1 = node.Join("bob", "chat");
  auto bob2 = node.Join("bob", "chat");
  const auto rules = std::make_shared<const PublishRules>(
      PublishRules{.exclusions = {.users = {UserId("alice")}, .connections = {bob1.id}}});
  const auto result =
      Send({.rooms = {RoomName("chat")}, .message = Json("\"some\""), .rules = rules});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->front().counts.matched, 1U);
  node.Broadcast("chat", "\"all\"");
  for (TestClient* client : {&alice1.client, &alice2.client, &bob1.client}) {
    EXPECT_EQ(JsonField(client->ReadText(), "content"), "\"all\"");
  }
  EXPECT_EQ(JsonField(bob2.client.ReadText(), "content"), "\"some\"");
}

TEST_P(NodeBroadcastTest, TwoPublishersAreSeenInOneOrderByAllMembers) {
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 6; ++i) members.push_back(node.Join("u" + std::to_string(i), "chat"));
  constexpr int kEach = 200;
  const auto publish = [&](const std::string& name) {
    for (int i = 0; i < kEach; ++i) node.Broadcast("chat", "\"" + name + std::to_string(i) + "\"");
  };
  std::thread other([&] { publish("b"); });
  publish("a");
  other.join();
  std::vector<std::string> order;
  for (int i = 0; i < 2 * kEach; ++i) {
    const std::string text = members[0].client.ReadText();
    EXPECT_EQ(JsonNumber(text, "offset"), static_cast<uint64_t>(i + 1));
    order.push_back(JsonField(text, "content"));
  }
  for (size_t m = 1; m < members.size(); ++m) {
    for (const std::string& expected : order) {
      ASSERT_EQ(JsonField(members[m].client.ReadText(), "content"), expected);
    }
  }
}

TEST_P(NodeBroadcastTest, SendToUsersReachesEverySessionOfEach) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "");
  auto bob = node.Join("bob", "chat");
  const auto result = node.Ask<SendResult>([&](Done<SendResult> done) {
    node->SendToUsers({.users = {UserId("nobody"), UserId("alice")}, .message = Json("1")},
                      std::move(done));
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)[0].matched, 0U);
  EXPECT_EQ((*result)[1].matched, 2U);
  EXPECT_EQ((*result)[1].queued, 2U);
  for (TestClient* client : {&alice1.client, &alice2.client}) {
    const std::string text = client->ReadText();
    EXPECT_EQ(JsonField(text, "content"), "1");
    EXPECT_EQ(JsonField(text, "room"), "");
  }
  node.Broadcast("chat", "2");
  EXPECT_EQ(JsonField(bob.client.ReadText(), "content"), "2");
}

TEST_P(NodeBroadcastTest, SendToConnectionsReachesThoseOnly) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "chat");
  ConnectionId foreign = alice2.id;
  ++foreign.node;
  const auto result = node.Ask<SendResult>([&](Done<SendResult> done) {
    node->SendToConnections({.connections = {foreign, alice1.id}, .message = Json("1")},
                            std::move(done));
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ((*result)[0].matched, 0U);
  EXPECT_EQ((*result)[1].queued, 1U);
  EXPECT_EQ(JsonField(alice1.client.ReadText(), "content"), "1");
  node.Broadcast("chat", "2");
  EXPECT_EQ(JsonField(alice2.client.ReadText(), "content"), "2");
}

TEST_P(NodeBroadcastTest, ClientsAndServicesShareOneOrder) {
  auto alice = node.Join("alice", "chat");
  auto bob = node.Join("bob", "chat");
  alice.client.Say(R"({"content":"c","id":1})");
  EXPECT_EQ(JsonField(bob.client.ReadText(), "offset"), "1");
  EXPECT_EQ(node.Broadcast("chat", "\"s\"").offset, 2U);
  EXPECT_EQ(JsonField(bob.client.ReadText(), "offset"), "2");
}

}  // namespace
}  // namespace edge
