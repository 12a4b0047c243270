// What a node can be asked about rooms, users and connections, and membership that services decide.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "edge/auth/base64url.h"
#include "edge/node/version.h"
#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NodeListsTest : public testing::TestWithParam<uint32_t> {
 protected:
  absl::StatusOr<RoomPage> Rooms(const ListRoomsQuery& query) {
    return node.Ask<RoomPage>(
        [&](Done<RoomPage> done) { node->ListRooms(query, std::move(done)); });
  }
  absl::StatusOr<ConnectionPage> Connections(const ListConnectionsQuery& query) {
    return node.Ask<ConnectionPage>(
        [&](Done<ConnectionPage> done) { node->ListConnections(query, std::move(done)); });
  }
  absl::StatusOr<UserRoomPage> RoomsOf(const ListUserRoomsQuery& query) {
    return node.Ask<UserRoomPage>(
        [&](Done<UserRoomPage> done) { node->ListUserRooms(query, std::move(done)); });
  }
  AddMembersResult Add(const MembersCommand& command) {
    return *node.Ask<AddMembersResult>(
        [&](Done<AddMembersResult> done) { node->AddMembers(command, std::move(done)); });
  }
  RemoveMembersResult Remove(const MembersCommand& command) {
    return *node.Ask<RemoveMembersResult>(
        [&](Done<RemoveMembersResult> done) { node->RemoveMembers(command, std::move(done)); });
  }

  TestNode node{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, NodeListsTest, testing::Values(1, 2));

TEST_P(NodeListsTest, RoomsAreListedInOrderWithTheirPosition) {
  auto a = node.Join("a", "b-room");
  auto b = node.Join("b", "a-room");
  auto c = node.Join("c", "a-room");
  node.Broadcast("a-room", "1");
  const auto page = Rooms({});
  ASSERT_EQ(page->rooms.size(), 2U);
  EXPECT_EQ(page->rooms[0].room, RoomName("a-room"));
  EXPECT_EQ(page->rooms[0].users, 2U);
  EXPECT_EQ(page->rooms[0].offset, 1U);
  EXPECT_NE(page->rooms[0].epoch, 0U);
  EXPECT_EQ(page->rooms[1].room, RoomName("b-room"));
  EXPECT_EQ(page->next_token, "");
}

TEST_P(NodeListsTest, PagesOfRoomsKeepToThePrefixAndCoverItOnce) {
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 23; ++i) members.push_back(node.Join("u", "chat:" + std::to_string(i)));
  members.push_back(node.Join("u", "chas"));
  members.push_back(node.Join("u", "chau"));
  std::vector<std::string> seen;
  ListRoomsQuery query{.prefix = "chat:", .page = {.size = 5}};
  do {
    const auto page = Rooms(query);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->rooms.size(), 5U);
    for (const RoomEntry& room : page->rooms) seen.push_back(room.room.str());
    query.page.token = page->next_token;
  } while (!query.page.token.empty());
  EXPECT_EQ(seen.size(), 23U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 23U);
}

TEST_P(NodeListsTest, TokenOfARoomBeforeThePrefixBeginsAtThePrefix) {
  auto a = node.Join("a", "aaa");
  auto b = node.Join("b", "bbb");
  auto c = node.Join("c", "ccc");
  const auto first = Rooms({.page = {.size = 1}});
  ASSERT_FALSE(first->next_token.empty());
  const auto page = Rooms({.prefix = "c", .page = {.token = first->next_token}});
  ASSERT_EQ(page->rooms.size(), 1U);
  EXPECT_EQ(page->rooms[0].room, RoomName("ccc"));
}

TEST_P(NodeListsTest, RoomsOfAUserCountItsConnections) {
  auto a = node.Join("alice", "a");
  auto b = node.Join("alice", "a");
  auto c = node.Join("alice", "c");
  const auto page = RoomsOf({.user = UserId("alice")});
  ASSERT_EQ(page->rooms.size(), 2U);
  EXPECT_EQ(page->rooms[0].room, RoomName("a"));
  EXPECT_EQ(page->rooms[0].connections, 2U);
  EXPECT_EQ(page->rooms[1].connections, 1U);
  EXPECT_EQ(page->next_token, "");
}

TEST_P(NodeListsTest, PagesOfAUsersRoomsCoverThemOnceWithAllTheirConnections) {
  std::vector<TestNode::Member> members;
  // Twice each, so that with two shards most are on both.
  for (int i = 0; i < 46; ++i) members.push_back(node.Join("u", "chat:" + std::to_string(i % 23)));
  members.push_back(node.Join("other", "chat:other"));
  std::vector<std::string> seen;
  ListUserRoomsQuery query{.user = UserId("u"), .page = {.size = 5}};
  do {
    const auto page = RoomsOf(query);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->rooms.size(), 5U);
    for (const UserRoom& room : page->rooms) {
      seen.push_back(room.room.str());
      EXPECT_EQ(room.connections, 2U) << room.room.view();
    }
    query.page.token = page->next_token;
  } while (!query.page.token.empty());
  EXPECT_EQ(seen.size(), 23U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 23U);
  EXPECT_EQ(RoomsOf({.user = UserId("u"), .page = {.token = "x"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(NodeListsTest, AUsersRoomsOutsideThePrefixesAreOnNoPageAndInNoToken) {
  std::vector<TestNode::Member> members;
  for (const char* room : {"chat:1", "game:1", "game:2", "lobby", "news"}) {
    members.push_back(node.Join("u", room));
  }
  ListUserRoomsQuery query{
      .user = UserId("u"), .prefixes = {"chat:", "lobby"}, .page = {.size = 1}};
  const auto first = RoomsOf(query);
  ASSERT_EQ(first->rooms.size(), 1U);
  EXPECT_EQ(first->rooms[0].room, RoomName("chat:1"));
  EXPECT_EQ(Base64UrlDecode(first->next_token), "chat:1\n");
  query.page.token = first->next_token;
  const auto second = RoomsOf(query);
  ASSERT_EQ(second->rooms.size(), 1U);
  EXPECT_EQ(second->rooms[0].room, RoomName("lobby"));
  EXPECT_EQ(second->next_token, "");
}

TEST_P(NodeListsTest, ConnectionsAreFilteredByUserAndRoom) {
  auto a = node.Join("alice", "chat");
  auto b = node.Join("alice", "other");
  auto c = node.Join("bob", "chat");
  EXPECT_EQ(Connections({})->connections.size(), 3U);
  EXPECT_EQ(Connections({.user = UserId("alice")})->connections.size(), 2U);
  const auto both = Connections({.user = UserId("alice"), .room = RoomName("chat")});
  ASSERT_EQ(both->connections.size(), 1U);
  EXPECT_EQ(both->connections[0].connection, a.id);
  EXPECT_THAT(Connections({.user = UserId("nobody")})->connections, IsEmpty());
}

TEST_P(NodeListsTest, PagesOfConnectionsCoverThemOnce) {
  std::vector<TestNode::Member> members;
  for (int i = 0; i < 23; ++i) members.push_back(node.Join("u" + std::to_string(i % 2), "chat"));
  std::multiset<std::string> seen;
  ListConnectionsQuery query{.user = UserId("u0"), .page = {.size = 5}};
  do {
    const auto page = Connections(query);
    ASSERT_TRUE(page.ok());
    for (const auto& entry : page->connections) seen.insert(entry.connection.ToString());
    query.page.token = page->next_token;
  } while (!query.page.token.empty());
  EXPECT_EQ(seen.size(), 12U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 12U);
  EXPECT_EQ(Connections({.page = {.token = "x"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(NodeListsTest, OneConnectionIsShownWhole) {
  auto alice = node.Join("alice", "chat");
  const auto entry = node.Find(alice.id);
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->user, UserId("alice"));
  EXPECT_EQ(entry->protocol, "plain");
  EXPECT_EQ(entry->transport, "websocket");
  EXPECT_EQ(entry->node, "test");
  EXPECT_THAT(entry->rooms, ElementsAre(RoomName("chat")));
  EXPECT_THAT(entry->remote_address, testing::StartsWith("127.0.0.1:"));
  EXPECT_GT(entry->expires_unix_millis, entry->connected_unix_millis);
}

TEST_P(NodeListsTest, ConnectionThatHasGoneOrIsAnotherNodesIsNotFound) {
  auto alice = node.Join("alice", "chat");
  ConnectionId foreign = alice.id;
  ++foreign.node;
  EXPECT_EQ(node.Find(foreign).status().code(), absl::StatusCode::kNotFound);
  ConnectionId nowhere = alice.id;
  nowhere.shard = 200;
  EXPECT_EQ(node.Find(nowhere).status().code(), absl::StatusCode::kNotFound);
  alice.client.Close();
  EXPECT_TRUE(Eventually(
      [&] { return node.Find(alice.id).status().code() == absl::StatusCode::kNotFound; }));
}

TEST_P(NodeListsTest, ServiceAddsMembersAndTheyAreTold) {
  auto alice1 = node.Join("alice", "");
  auto alice2 = node.Join("alice", "chat");
  auto bob = node.Join("bob", "");
  const AddMembersResult result = Add({.room = RoomName("chat"),
                                       .users = {UserId("alice"), UserId("nobody")},
                                       .connections = {bob.id, alice1.id}});
  EXPECT_EQ(result.matched, 3U);
  EXPECT_EQ(result.added, 2U);
  EXPECT_EQ(result.already_members, 1U);
  EXPECT_EQ(result.failed, 0U);
  const std::string told = bob.client.ReadText();
  EXPECT_EQ(JsonField(told, "type"), "\"join\"");
  EXPECT_EQ(JsonField(told, "room"), "\"chat\"");
  EXPECT_EQ(node.Broadcast("chat", "1").counts.matched, 3U);
}

TEST_P(NodeListsTest, ServiceCannotAddWhoIsBannedThere) {
  auto eve = node.Join("eve", "");
  const auto banned = node.Ask<KickResult>([&](Done<KickResult> done) {
    node->Ban({.user = UserId("eve"), .room = RoomName("chat")}, std::move(done));
  });
  ASSERT_TRUE(banned.ok());
  EXPECT_EQ(Add({.room = RoomName("chat"), .users = {UserId("eve")}}).failed, 1U);
}

TEST_P(NodeListsTest, ServiceRemovesMembersAndTheyAreTold) {
  auto alice = node.Join("alice", "chat");
  auto bob = node.Join("bob", "");
  const RemoveMembersResult result =
      Remove({.room = RoomName("chat"), .users = {UserId("alice"), UserId("bob")}});
  EXPECT_EQ(result.matched, 2U);
  EXPECT_EQ(result.removed, 1U);
  EXPECT_EQ(JsonField(alice.client.ReadText(), "type"), "\"removed\"");
  EXPECT_EQ(node.Broadcast("chat", "1").counts.matched, 0U);
  EXPECT_EQ(node.Presence("chat", PresenceDetail::kCounts)->connection_count, 0U);
  EXPECT_TRUE(node.Has(alice.id));
}

TEST_P(NodeListsTest, NodeSaysWhatItIs) {
  auto alice = node.Join("alice", "chat");
  const auto nodes = node.Ask<std::vector<NodeEntry>>(
      [&](Done<std::vector<NodeEntry>> done) { node->GetNodes(std::move(done)); });
  ASSERT_EQ(nodes->size(), 1U);
  const NodeEntry& entry = nodes->front();
  EXPECT_EQ(entry.name, "test");
  EXPECT_EQ(entry.version, kVersion);
  EXPECT_EQ(entry.shards, GetParam());
  EXPECT_EQ(entry.connections, 1U);
  EXPECT_EQ(entry.users, 1U);
  EXPECT_EQ(entry.rooms, 1U);
  EXPECT_FALSE(entry.draining);
  EXPECT_GT(entry.resident_bytes, 1U << 20);
}

}  // namespace
}  // namespace edge
