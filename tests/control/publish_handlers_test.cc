#include "control/publish_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::Pair;

edge::RoomDelivery Delivered(uint64_t offset, uint32_t matched) {
  return {absl::OkStatus(), offset, 0x0102030405060708, {matched, matched - 1, 1}};
}

v1::BroadcastRequest ToRooms(const std::vector<std::string>& rooms) {
  v1::BroadcastRequest request;
  for (const std::string& room : rooms) request.add_rooms(room);
  request.set_json("1");
  return request;
}

TEST(BroadcastTest, HandsEverythingToTheNode) {
  ControlRig rig;
  v1::BroadcastRequest request = ToRooms({"chat:1", "news"});
  request.set_json(R"({ "a": 1.50 })");
  request.set_user("service");
  request.add_exclude_users("alice");
  request.add_exclude_connections("00112233445566778899aabbccddeeff");
  (*request.mutable_tags())["z"] = "1";
  (*request.mutable_tags())["a"] = "2";
  v1::BroadcastResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Broadcast(&context, request, &response).ok());
  const edge::BroadcastCommand command = rig.node.broadcast.only();
  EXPECT_THAT(command.rooms, ElementsAre(edge::RoomName("chat:1"), edge::RoomName("news")));
  EXPECT_EQ(command.message.payload.kind, edge::Payload::Kind::kJson);
  EXPECT_EQ(command.message.payload.bytes, R"({ "a": 1.50 })");
  EXPECT_EQ(command.message.user, "service");
  EXPECT_THAT(command.message.tags, ElementsAre(Pair("a", "2"), Pair("z", "1")));
  ASSERT_NE(command.rules, nullptr);
  const edge::Exclusions& excluded = command.rules->exclusions;
  EXPECT_THAT(excluded.users, ElementsAre(edge::UserId("alice")));
  ASSERT_EQ(excluded.connections.size(), 1u);
  EXPECT_EQ(excluded.connections[0].ToString(), "00112233445566778899aabbccddeeff");
}

TEST(BroadcastTest, KnowsTextAndBinary) {
  ControlRig rig;
  v1::BroadcastResponse response;
  v1::BroadcastRequest request = ToRooms({"a"});
  request.set_text("hello \"you\"");
  Context text;
  ASSERT_TRUE(rig.stub->Broadcast(&text, request, &response).ok());
  request.set_binary(std::string("\0\xff", 2));
  Context binary;
  ASSERT_TRUE(rig.stub->Broadcast(&binary, request, &response).ok());
  const auto commands = rig.node.broadcast.all();
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].message.payload.kind, edge::Payload::Kind::kText);
  EXPECT_EQ(commands[0].message.payload.bytes, "hello \"you\"");
  EXPECT_EQ(commands[1].message.payload.kind, edge::Payload::Kind::kBinary);
  EXPECT_EQ(commands[1].message.payload.bytes, std::string("\0\xff", 2));
}

TEST(BroadcastTest, ReportsEachRoomInTheRequestsOrder) {
  ControlRig rig;
  edge::RoomDelivery full;
  full.status = absl::ResourceExhaustedError("the room's shard's mailbox is full");
  rig.node.broadcast.Answer(edge::BroadcastResult{Delivered(7, 3), full});
  v1::BroadcastResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Broadcast(&context, ToRooms({"b", "a"}), &response).ok());
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).room(), "b");
  EXPECT_EQ(response.results(0).offset(), 7u);
  EXPECT_EQ(response.results(0).epoch(), 0x0102030405060708u);
  EXPECT_EQ(response.results(0).matched(), 3u);
  EXPECT_EQ(response.results(0).queued(), 2u);
  EXPECT_EQ(response.results(0).dropped(), 1u);
  EXPECT_FALSE(response.results(0).has_error());
  EXPECT_EQ(response.results(1).room(), "a");
  EXPECT_EQ(response.results(1).error().code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(response.results(1).error()), "OVERLOADED");
}

TEST(BroadcastTest, FailsWhenEveryRoomFailed) {
  ControlRig rig;
  edge::RoomDelivery policy;
  policy.status = absl::FailedPreconditionError("no binary here");
  edge::RoomDelivery full;
  full.status = absl::ResourceExhaustedError("full");
  rig.node.broadcast.Answer(edge::BroadcastResult{policy, full});
  const grpc::Status status = rig.CallJson("Broadcast", R"({"rooms":["a","b"],"json":"1"})");
  EXPECT_EQ(status.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "no binary here");
  EXPECT_EQ(ReasonOf(status), "POLICY");
}

TEST(BroadcastTest, ARoomThatNobodyIsInIsNoError) {
  ControlRig rig;
  rig.node.broadcast.Answer(edge::BroadcastResult{edge::RoomDelivery()});
  v1::BroadcastResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Broadcast(&context, ToRooms({"empty"}), &response).ok());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).room(), "empty");
  EXPECT_EQ(response.results(0).matched(), 0u);
}

TEST(BroadcastTest, TheConfigurationMayAllowFewerRooms) {
  auto settings = LoopbackSettings();
  settings.set_max_broadcast_rooms(2);
  ControlRig rig(settings);
  EXPECT_TRUE(rig.CallJson("Broadcast", R"({"rooms":["a","b"],"json":"1"})").ok());
  const grpc::Status status = rig.CallJson("Broadcast", R"({"rooms":["a","b","c"],"json":"1"})");
  EXPECT_THAT(status.error_message(), testing::HasSubstr("3 rooms, limit 2"));
}

TEST(SendToUsersTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.send_to_users.Answer(edge::SendResult{{2, 1, 1}, {}});
  v1::SendToUsersRequest request;
  request.add_users("alice");
  request.add_users("bob");
  request.mutable_payload()->set_text("hi");
  request.set_user("service");
  (*request.mutable_tags())["k"] = "v";
  v1::SendToUsersResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->SendToUsers(&context, request, &response).ok());
  const edge::SendToUsersCommand command = rig.node.send_to_users.only();
  EXPECT_THAT(command.users, ElementsAre(edge::UserId("alice"), edge::UserId("bob")));
  EXPECT_EQ(command.message.payload.kind, edge::Payload::Kind::kText);
  EXPECT_EQ(command.message.payload.bytes, "hi");
  EXPECT_EQ(command.message.user, "service");
  EXPECT_THAT(command.message.tags, ElementsAre(Pair("k", "v")));
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).target(), "alice");
  EXPECT_EQ(response.results(0).matched(), 2u);
  EXPECT_EQ(response.results(0).queued(), 1u);
  EXPECT_EQ(response.results(0).dropped(), 1u);
  EXPECT_EQ(response.results(1).target(), "bob");
  EXPECT_EQ(response.results(1).matched(), 0u);
}

TEST(SendToConnectionsTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.send_to_connections.Answer(edge::SendResult{{1, 1, 0}});
  v1::SendToConnectionsRequest request;
  request.add_connections("00112233445566778899aabbccddeeff");
  request.mutable_payload()->set_json("[1]");
  v1::SendToConnectionsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->SendToConnections(&context, request, &response).ok());
  const edge::SendToConnectionsCommand command = rig.node.send_to_connections.only();
  ASSERT_EQ(command.connections.size(), 1u);
  EXPECT_EQ(command.connections[0].ToString(), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(command.message.payload.bytes, "[1]");
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).target(), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(response.results(0).queued(), 1u);
}

}  // namespace
}  // namespace control
