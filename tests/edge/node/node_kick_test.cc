// Kicks and bans through NodeApi, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::HasSubstr;

class NodeKickTest : public testing::TestWithParam<uint32_t> {
 protected:
  std::string Upgrade(const std::string& user, const std::string& room) {
    TestClient client(node->client_address());
    client.Send(UpgradeRequest(TestNode::Target(user, room)));
    return client.ReadHead();
  }
  absl::StatusOr<BanPage> Bans(const Page& page) {
    return node.Ask<BanPage>([&](Done<BanPage> done) { node->ListBans(page, std::move(done)); });
  }
  absl::StatusOr<KickResult> Ban(const BanCommand& command) {
    return node.Ask<KickResult>(
        [&](Done<KickResult> done) { node->Ban(command, std::move(done)); });
  }
  bool Unban(const UnbanCommand& command) {
    const auto result = node.Ask<UnbanResult>(
        [&](Done<UnbanResult> done) { node->Unban(command, std::move(done)); });
    return result.ok() && result->existed;
  }

  TestNode node{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, NodeKickTest, testing::Values(1, 2));

TEST_P(NodeKickTest, UserIsClosedOnEveryConnectionWithCodeAndReason) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "other");
  auto bob = node.Join("bob", "chat");
  const auto result = node.Kick({.user = UserId("alice"), .code = 3777, .reason = "out"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->kicked, 2U);
  for (TestClient* client : {&alice1.client, &alice2.client}) {
    EXPECT_EQ(client->ReadClose(), (std::pair<uint16_t, std::string>(3777, "out")));
  }
  EXPECT_TRUE(node.Has(bob.id));
}

TEST_P(NodeKickTest, OneConnectionOrNobodyOfAnotherLife) {
  auto alice1 = node.Join("alice", "chat");
  auto alice2 = node.Join("alice", "chat");
  EXPECT_EQ(node.Kick({.connection = alice1.id})->kicked, 1U);
  EXPECT_EQ(alice1.client.ReadClose(),
            (std::pair<uint16_t, std::string>(3503, "force disconnect")));
  EXPECT_EQ(node.Kick({.connection = alice1.id})->kicked, 0U);
  ConnectionId old = alice2.id;
  ++old.nonce;
  EXPECT_EQ(node.Kick({.connection = old})->kicked, 0U);
  EXPECT_TRUE(node.Has(alice2.id));
}

TEST_P(NodeKickTest, EveryoneInARoomOrAUserInARoom) {
  auto alice = node.Join("alice", "chat");
  auto bob = node.Join("bob", "chat");
  auto elsewhere = node.Join("alice", "other");
  EXPECT_EQ(node.Kick({.user = UserId("alice"), .room = RoomName("chat")})->kicked, 1U);
  EXPECT_EQ(alice.client.ReadClose().first, 3503);
  EXPECT_TRUE(node.Has(elsewhere.id));
  EXPECT_EQ(node.Kick({.room = RoomName("chat")})->kicked, 1U);
  EXPECT_EQ(bob.client.ReadClose().first, 3503);
  EXPECT_EQ(node.Kick({.room = RoomName("chat")})->kicked, 0U);
}

TEST_P(NodeKickTest, PresenceAskedForAfterTheAnswerAgrees) {
  for (int i = 0; i < 20; ++i) {
    const std::string room = "room" + std::to_string(i);
    auto alice = node.Join("alice", room);
    EXPECT_EQ(node.Kick({.user = UserId("alice")})->kicked, 1U);
    EXPECT_EQ(node.Presence(room, PresenceDetail::kCounts)->connection_count, 0U);
  }
}

TEST_P(NodeKickTest, BanForKeepsTheUserOutForThatTime) {
  auto alice = node.Join("alice", "chat");
  ASSERT_TRUE(node.Kick({.user = UserId("alice"), .reason = "spam", .ban_millis = 60000}).ok());
  EXPECT_EQ(HttpStatusIn(Upgrade("alice", "chat")), 403);
  const auto bans = Bans({});
  ASSERT_EQ(bans->bans.size(), 1U);
  EXPECT_EQ(bans->bans[0].reason, "spam");
  EXPECT_NEAR(
      static_cast<double>(bans->bans[0].until_unix_millis - bans->bans[0].created_unix_millis),
      60000, 1);
  EXPECT_TRUE(Unban({.user = UserId("alice")}));
  EXPECT_FALSE(Unban({.user = UserId("alice")}));
  EXPECT_EQ(HttpStatusIn(Upgrade("alice", "chat")), 101);
}

TEST_P(NodeKickTest, BanForOfARoomBansItsUsersThere) {
  auto alice = node.Join("alice", "chat");
  ASSERT_TRUE(node.Kick({.room = RoomName("chat"), .ban_millis = 60000}).ok());
  EXPECT_EQ(HttpStatusIn(Upgrade("alice", "chat")), 403);
  EXPECT_EQ(HttpStatusIn(Upgrade("alice", "other")), 101);
  EXPECT_EQ(HttpStatusIn(Upgrade("bob", "chat")), 101);
}

TEST_P(NodeKickTest, BanForOfAConnectionBansItsUser) {
  auto alice = node.Join("alice", "chat");
  ASSERT_TRUE(node.Kick({.connection = alice.id, .ban_millis = 60000}).ok());
  EXPECT_EQ(HttpStatusIn(Upgrade("alice", "other")), 403);
}

TEST_P(NodeKickTest, BanClosesSessionsUnlessTheyAreKept) {
  auto alice = node.Join("alice", "chat");
  auto bob = node.Join("bob", "chat");
  EXPECT_EQ(Ban({.user = UserId("bob"), .keep_sessions = true})->kicked, 0U);
  EXPECT_EQ(Ban({.user = UserId("alice"), .reason = "no"})->kicked, 1U);
  EXPECT_EQ(alice.client.ReadClose(), (std::pair<uint16_t, std::string>(3550, "no")));
  EXPECT_TRUE(node.Has(bob.id));
  EXPECT_EQ(HttpStatusIn(Upgrade("bob", "chat")), 403);
}

TEST_P(NodeKickTest, BansAreListedInPages) {
  for (int i = 0; i < 25; ++i) {
    BanCommand ban{.user = UserId("user" + std::to_string(i))};
    if (i % 2 == 1) ban.room = RoomName("r");
    ASSERT_TRUE(Ban(ban).ok());
  }
  std::vector<std::string> seen;
  Page page{.size = 10};
  do {
    const auto bans = Bans(page);
    ASSERT_TRUE(bans.ok());
    EXPECT_LE(bans->bans.size(), 10U);
    for (const BanEntry& ban : bans->bans) seen.push_back(ban.user.str());
    page.token = bans->next_token;
  } while (!page.token.empty());
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(Bans({.token = "no token of ours"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// While others publish all the time: what is published after a kick's answer never reaches the
// kicked.
TEST_P(NodeKickTest, BroadcastAfterTheAnswerNeverReachesTheKicked) {
  std::atomic<bool> stop = false;
  std::thread noise([&] {
    while (!stop) node.Broadcast("chat", "\"noise\"");
  });
  for (int i = 0; i < 150; ++i) {
    auto victim = node.Join("victim", "chat");
    const auto kicked = node.Kick({.user = UserId("victim")});
    EXPECT_EQ(kicked->kicked, 1U);
    const RoomDelivery after = node.Broadcast("chat", "\"after\"");
    EXPECT_EQ(after.counts.matched, 0U);
    bool closed = false;
    while (const auto message = victim.client.ReadMessage()) {
      EXPECT_THAT(message->payload, testing::Not(HasSubstr("after")));
      EXPECT_FALSE(closed) << "something follows the Close";
      closed = message->opcode == Opcode::kClose;
    }
    EXPECT_TRUE(closed);
  }
  stop = true;
  noise.join();
}

}  // namespace
}  // namespace edge
