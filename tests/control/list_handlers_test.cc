// Members, lists and nodes.
#include "control/list_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;

const edge::ConnectionId kConnection{1, 2, 3, 4, 5};

edge::ConnectionEntry Entry() {
  edge::ConnectionEntry entry;
  entry.connection = kConnection;
  entry.user = edge::UserId("alice");
  entry.remote_address = "127.0.0.1:5";
  entry.user_agent = "curl";
  entry.protocol = "plain";
  entry.transport = "websocket";
  entry.connected_unix_millis = 1000;
  entry.expires_unix_millis = 2000;
  entry.rooms = {edge::RoomName("chat:1"), edge::RoomName("news")};
  entry.queued_bytes = 7;
  entry.queued_messages = 1;
  entry.info = "{}";
  entry.node = "n1";
  return entry;
}

void ExpectEntry(const v1::ConnectionInfo& info) {
  EXPECT_EQ(info.connection(), kConnection.ToString());
  EXPECT_EQ(info.user(), "alice");
  EXPECT_EQ(info.remote_address(), "127.0.0.1:5");
  EXPECT_EQ(info.user_agent(), "curl");
  EXPECT_EQ(info.protocol(), "plain");
  EXPECT_EQ(info.transport(), "websocket");
  EXPECT_EQ(info.connected().seconds(), 1);
  EXPECT_EQ(info.expires().seconds(), 2);
  EXPECT_THAT(info.rooms(), ElementsAre("chat:1", "news"));
  EXPECT_EQ(info.queued_bytes(), 7u);
  EXPECT_EQ(info.queued_messages(), 1u);
  EXPECT_EQ(info.info(), "{}");
  EXPECT_EQ(info.node(), "n1");
}

TEST(MembersTest, AreAdded) {
  ControlRig rig;
  rig.node.add_members.Answer(edge::AddMembersResult{4, 1, 2, 1});
  v1::AddMembersRequest request;
  request.set_room("a");
  request.add_users("alice");
  request.add_connections(kConnection.ToString());
  v1::AddMembersResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->AddMembers(&context, request, &response).ok());
  const edge::MembersCommand command = rig.node.add_members.only();
  EXPECT_EQ(command.room, edge::RoomName("a"));
  EXPECT_THAT(command.users, ElementsAre(edge::UserId("alice")));
  EXPECT_THAT(command.connections, ElementsAre(kConnection));
  EXPECT_EQ(response.matched(), 4u);
  EXPECT_EQ(response.added(), 1u);
  EXPECT_EQ(response.already_members(), 2u);
  EXPECT_EQ(response.failed(), 1u);
}

TEST(MembersTest, AreRemoved) {
  ControlRig rig;
  rig.node.remove_members.Answer(edge::RemoveMembersResult{4, 3});
  v1::RemoveMembersRequest request;
  request.set_room("a");
  request.add_users("alice");
  v1::RemoveMembersResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->RemoveMembers(&context, request, &response).ok());
  EXPECT_EQ(rig.node.remove_members.only().room, edge::RoomName("a"));
  EXPECT_EQ(response.matched(), 4u);
  EXPECT_EQ(response.removed(), 3u);
}

TEST(ListRoomsTest, TranslatesBothWays) {
  ControlRig rig;
  edge::RoomPage page;
  page.rooms.push_back({edge::RoomName("chat:1"), 1, 2, 3, 4});
  page.next_token = "next";
  rig.node.list_rooms.Answer(page);
  v1::ListRoomsRequest request;
  request.set_prefix("chat:");
  request.set_page_size(1000);
  request.set_page_token("token");
  v1::ListRoomsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListRooms(&context, request, &response).ok());
  EXPECT_EQ(rig.node.list_rooms.only().prefix, "chat:");
  EXPECT_EQ(rig.node.list_rooms.only().page.size, 1000u);
  EXPECT_EQ(rig.node.list_rooms.only().page.token, "token");
  ASSERT_EQ(response.rooms_size(), 1);
  EXPECT_EQ(response.rooms(0).room(), "chat:1");
  EXPECT_EQ(response.rooms(0).users(), 1u);
  EXPECT_EQ(response.rooms(0).connections(), 2u);
  EXPECT_EQ(response.rooms(0).offset(), 3u);
  EXPECT_EQ(response.rooms(0).epoch(), 4u);
  EXPECT_EQ(response.next_page_token(), "next");
}

TEST(ListUserRoomsTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.list_user_rooms.Answer(edge::UserRoomPage{{{edge::RoomName("chat:1"), 2}}, "next"});
  v1::ListUserRoomsRequest request;
  request.set_user("alice");
  request.set_page_size(1000);
  request.set_page_token("token");
  v1::ListUserRoomsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListUserRooms(&context, request, &response).ok());
  const edge::ListUserRoomsQuery query = rig.node.list_user_rooms.only();
  EXPECT_EQ(query.user, edge::UserId("alice"));
  EXPECT_THAT(query.prefixes, testing::IsEmpty());
  EXPECT_EQ(query.page.size, 1000u);
  EXPECT_EQ(query.page.token, "token");
  ASSERT_EQ(response.rooms_size(), 1);
  EXPECT_EQ(response.rooms(0).room(), "chat:1");
  EXPECT_EQ(response.rooms(0).connections(), 2u);
  EXPECT_EQ(response.next_page_token(), "next");
}

TEST(ListUserRoomsTest, TokenThatIsNoneNamesTheField) {
  ControlRig rig;
  rig.node.list_user_rooms.Answer(absl::InvalidArgumentError("page_token"));
  const grpc::Status status =
      rig.CallJson("ListUserRooms", R"({"user":"a","pageToken":"nonsense"})");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("page_token"));
}

TEST(ListConnectionsTest, TranslatesBothWays) {
  ControlRig rig;
  edge::ConnectionPage page;
  page.connections.push_back(Entry());
  page.next_token = "next";
  rig.node.list_connections.Answer(page);
  v1::ListConnectionsRequest request;
  request.set_user("alice");
  request.set_room("chat:1");
  v1::ListConnectionsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListConnections(&context, request, &response).ok());
  EXPECT_EQ(rig.node.list_connections.only().user, edge::UserId("alice"));
  EXPECT_EQ(rig.node.list_connections.only().room, edge::RoomName("chat:1"));
  ASSERT_EQ(response.connections_size(), 1);
  ExpectEntry(response.connections(0));
  EXPECT_EQ(response.next_page_token(), "next");
}

TEST(ListConnectionsTest, OfTheWholeNode) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("ListConnections", "{}").ok());
  EXPECT_EQ(rig.node.list_connections.only().user, std::nullopt);
  EXPECT_EQ(rig.node.list_connections.only().room, std::nullopt);
}

TEST(GetConnectionTest, TranslatesBothWays) {
  ControlRig rig;
  edge::ConnectionEntry entry = Entry();
  rig.node.get_connection.Answer(entry);
  v1::GetConnectionRequest request;
  request.set_connection(kConnection.ToString());
  v1::GetConnectionResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetConnection(&context, request, &response).ok());
  EXPECT_EQ(rig.node.get_connection.only(), kConnection);
  ExpectEntry(response.connection());
}

TEST(GetConnectionTest, ThatNeverExpiresHasNoEnd) {
  ControlRig rig;
  edge::ConnectionEntry entry = Entry();
  entry.expires_unix_millis = 0;
  rig.node.get_connection.Answer(entry);
  v1::GetConnectionRequest request;
  request.set_connection(kConnection.ToString());
  v1::GetConnectionResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetConnection(&context, request, &response).ok());
  EXPECT_FALSE(response.connection().has_expires());
}

TEST(GetConnectionTest, ThatHasGoneIsNotFound) {
  ControlRig rig;
  rig.node.get_connection.Answer(absl::NotFoundError("no such connection"));
  const grpc::Status status = rig.CallJson(
      "GetConnection", fmt::format(R"({{"connection":"{}"}})", kConnection.ToString()));
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "NOT_FOUND");
}

TEST(GetNodesTest, TranslatesTheAnswer) {
  ControlRig rig;
  edge::NodeEntry node{.name = "n1",
                       .id = 0xabc,
                       .version = "1.2",
                       .started_unix_millis = 1000,
                       .shards = 2,
                       .connections = 3,
                       .users = 4,
                       .rooms = 5,
                       .draining = true,
                       .resident_bytes = 6};
  rig.node.get_nodes.Answer(std::vector<edge::NodeEntry>{node});
  v1::GetNodesResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetNodes(&context, {}, &response).ok());
  ASSERT_EQ(response.nodes_size(), 1);
  const v1::NodeInfo& info = response.nodes(0);
  EXPECT_EQ(info.name(), "n1");
  EXPECT_EQ(info.id(), "00000abc");
  EXPECT_EQ(info.version(), "1.2");
  EXPECT_EQ(info.started().seconds(), 1);
  EXPECT_EQ(info.shards(), 2u);
  EXPECT_EQ(info.connections(), 3u);
  EXPECT_EQ(info.users(), 4u);
  EXPECT_EQ(info.rooms(), 5u);
  EXPECT_TRUE(info.draining());
  EXPECT_EQ(info.resident_bytes(), 6u);
}

}  // namespace
}  // namespace control
