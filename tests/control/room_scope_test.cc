// A key limited to "chat:" names and is told of no other room.
#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;

gatehouse::v1::ControlSettings ChatSettings() {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  auto& key = *settings.add_api_keys();
  key.set_name("chat");
  key.set_sha256(Sha256Hex("chat-key"));
  key.add_rooms("chat:");
  key.add_rooms("lobby");
  return settings;
}

struct ScopeCase {
  const char* name;
  const char* method;
  const char* json;
};

std::string NameOf(const testing::TestParamInfo<ScopeCase>& info) {
  return std::string(info.param.method) + info.param.name;
}

class DeniedByScopeTest : public testing::TestWithParam<ScopeCase> {};

TEST_P(DeniedByScopeTest, IsDeniedAndReachesNoNode) {
  ControlRig rig(ChatSettings());
  const grpc::Status status = rig.CallJson(GetParam().method, GetParam().json, "chat-key");
  EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "ROOM_NOT_ALLOWED");
  EXPECT_EQ(rig.node.calls(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    All, DeniedByScopeTest,
    testing::Values(
        ScopeCase{"Other", "Broadcast", R"({"rooms":["news"],"json":"1"})"},
        ScopeCase{"OneOther", "Broadcast", R"({"rooms":["chat:1","news"],"json":"1"})"},
        ScopeCase{"ShorterThanPrefix", "Broadcast", R"({"rooms":["chat"],"json":"1"})"},
        ScopeCase{"", "SendToUsers", R"({"users":["a"],"payload":{"text":"x"}})"},
        ScopeCase{"", "SendToConnections",
                  R"({"connections":["00112233445566778899aabbccddeeff"],"payload":{"text":"x"}})"},
        ScopeCase{"User", "Kick", R"({"user":"a"})"},
        ScopeCase{"Connection", "Kick", R"({"connection":"00112233445566778899aabbccddeeff"})"},
        ScopeCase{"Other", "GetHistory", R"({"room":"news"})"},
        ScopeCase{"Other", "RemoveHistory", R"({"room":"news"})"},
        ScopeCase{"Other", "Kick", R"({"user":"a","room":"news"})"},
        ScopeCase{"Everywhere", "Ban", R"({"user":"a"})"},
        ScopeCase{"Other", "Ban", R"({"user":"a","room":"news"})"},
        ScopeCase{"Everywhere", "Unban", R"({"user":"a"})"},
        ScopeCase{"Other", "Unban", R"({"user":"a","room":"news"})"},
        ScopeCase{"", "ListMemberships", "{}"}, ScopeCase{"", "ListBans", "{}"},
        ScopeCase{"OfItsOwnRooms", "CreateTicket", R"({"user":"a","rooms":["chat:1"]})"},
        ScopeCase{"User", "RevokeTokens", R"({"user":"a"})"},
        ScopeCase{"Token", "RevokeTokens", R"({"tokenId":"t"})"},
        ScopeCase{"", "ListRevocations", "{}"},
        ScopeCase{"Other", "GetPresence", R"({"room":"news"})"},
        ScopeCase{"OneOther", "GetPresenceStats", R"({"rooms":["chat:1","news"]})"},
        ScopeCase{"Other", "AddMembers", R"({"room":"news","users":["a"]})"},
        ScopeCase{"Other", "RemoveMembers", R"({"room":"news","users":["a"]})"},
        ScopeCase{"All", "ListRooms", "{}"},
        ScopeCase{"Other", "ListRooms", R"({"prefix":"news"})"},
        ScopeCase{"Wider", "ListRooms", R"({"prefix":"cha"})"},
        ScopeCase{"All", "ListConnections", "{}"},
        ScopeCase{"User", "ListConnections", R"({"user":"a"})"},
        ScopeCase{"Other", "ListConnections", R"({"room":"news"})"},
        ScopeCase{"", "GetConnection", R"({"connection":"00112233445566778899aabbccddeeff"})"},
        ScopeCase{"", "GetNodes", "{}"}),
    NameOf);

class AllowedByScopeTest : public testing::TestWithParam<ScopeCase> {};

TEST_P(AllowedByScopeTest, ReachesTheNode) {
  ControlRig rig(ChatSettings());
  const grpc::Status status = rig.CallJson(GetParam().method, GetParam().json, "chat-key");
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(rig.node.calls(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    All, AllowedByScopeTest,
    testing::Values(ScopeCase{"", "Broadcast",
                              R"({"rooms":["chat:1","lobby","lobby2"],"json":"1"})"},
                    ScopeCase{"", "Kick", R"({"room":"chat:1"})"},
                    ScopeCase{"User", "Kick", R"({"user":"a","room":"chat:1"})"},
                    ScopeCase{"", "Ban", R"({"user":"a","room":"chat:1"})"},
                    ScopeCase{"", "Unban", R"({"user":"a","room":"chat:1"})"},
                    ScopeCase{"", "GetPresence", R"({"room":"chat:1"})"},
                    ScopeCase{"", "GetPresenceStats", R"({"rooms":["chat:1"]})"},
                    ScopeCase{"", "AddMembers", R"({"room":"chat:1","users":["a"]})"},
                    ScopeCase{"", "RemoveMembers", R"({"room":"chat:1","users":["a"]})"},
                    ScopeCase{"", "ListRooms", R"({"prefix":"chat:4"})"},
                    ScopeCase{"", "ListUserRooms", R"({"user":"a"})"},
                    ScopeCase{"", "ListConnections", R"({"room":"chat:1"})"}),
    NameOf);

TEST(RoomScopeTest, AUsersOtherRoomsAreNotAskedFor) {
  ControlRig rig(ChatSettings());
  v1::ListUserRoomsRequest request;
  request.set_user("alice");
  v1::ListUserRoomsResponse response;
  ASSERT_TRUE(
      rig.CallBytes("ListUserRooms", request.SerializeAsString(), "chat-key", &response).ok());
  EXPECT_THAT(rig.node.list_user_rooms.only().prefixes, ElementsAre("chat:", "lobby"));
}

TEST(RoomScopeTest, AConnectionsOtherRoomsAreNotTold) {
  ControlRig rig(ChatSettings());
  edge::ConnectionPage page;
  page.connections.emplace_back().rooms = {edge::RoomName("chat:1"), edge::RoomName("news")};
  rig.node.list_connections.Answer(page);
  v1::ListConnectionsRequest request;
  request.set_room("chat:1");
  v1::ListConnectionsResponse response;
  ASSERT_TRUE(
      rig.CallBytes("ListConnections", request.SerializeAsString(), "chat-key", &response).ok());
  EXPECT_THAT(response.connections(0).rooms(), ElementsAre("chat:1"));
}

TEST(RoomScopeTest, AStreamedMessageToAnotherRoomIsDeniedAndTheStreamGoesOn) {
  ControlRig rig(ChatSettings());
  Context context;
  context.AddMetadata("authorization", "Bearer chat-key");
  const auto stream = rig.stub->BroadcastStream(&context);
  v1::BroadcastStreamRequest request;
  request.set_id("1");
  request.mutable_broadcast()->add_rooms("news");
  request.mutable_broadcast()->set_json("1");
  ASSERT_TRUE(stream->Write(request));
  v1::BroadcastStreamResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error().code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(rig.node.calls(), 0u);
  request.mutable_broadcast()->set_rooms(0, "chat:1");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_FALSE(response.has_error());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(RoomScopeTest, AWatchOfAnotherRoomIsDenied) {
  ControlRig rig(ChatSettings());
  Context context;
  context.AddMetadata("authorization", "Bearer chat-key");
  v1::WatchPresenceRequest request;
  request.add_rooms("chat:1");
  request.add_rooms("news");
  const auto watch = rig.stub->WatchPresence(&context, request);
  EXPECT_EQ(watch->Finish().error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(rig.node.calls(), 0u);
}

}  // namespace
}  // namespace control
