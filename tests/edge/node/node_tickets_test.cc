// Tickets and revoked tokens through NodeApi, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Close = std::pair<uint16_t, std::string>;

const Close kRevoked(3500, "token revoked");

class NodeTicketsTest : public testing::TestWithParam<uint32_t> {
 protected:
  static int64_t Now() { return SystemClock().UnixMillis(); }

  absl::StatusOr<TicketResult> Create(TicketCommand command) {
    if (command.ttl_millis == 0) command.ttl_millis = 30000;
    return node.Ask<TicketResult>(
        [&](Done<TicketResult> done) { node->CreateTicket(command, std::move(done)); });
  }
  absl::StatusOr<RevokeResult> Revoke(const RevokeCommand& command) {
    return node.Ask<RevokeResult>(
        [&](Done<RevokeResult> done) { node->RevokeTokens(command, std::move(done)); });
  }
  absl::StatusOr<RevocationPage> List(const Page& page) {
    return node.Ask<RevocationPage>(
        [&](Done<RevocationPage> done) { node->ListRevocations(page, std::move(done)); });
  }
  // The answer to an upgrade of this target, whole when it is a refusal.
  std::string Upgrade(const std::string& target) {
    TestClient client(node->client_address());
    client.Send(UpgradeRequest(target));
    const std::string head = client.ReadHead();
    return HttpStatusIn(head) == 101 ? head : head + client.ReadAll();
  }
  static std::string TargetWith(const std::string& token) { return "/ws/chat?token=" + token; }
  TestNode::Member Connect(const std::string& target) {
    TestNode::Member member;
    member.client.Connect(node->client_address());
    member.client.Send(UpgradeRequest(target + "&welcome=1"));
    EXPECT_EQ(HttpStatusIn(member.client.ReadHead()), 101);
    member.client.ReadText();
    return member;
  }
  static std::string TokenWith(const std::string& user, const std::string& id, int64_t issued) {
    return MintTestToken({.user = user,
                          .join = {"*"},
                          .publish = {"*"},
                          .token_id = id,
                          .issued_at_millis = issued,
                          .ttl_millis = 3600000});
  }

  TestNode node{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, NodeTicketsTest, testing::Values(1, 2));

TEST_P(NodeTicketsTest, ATicketLetsAClientInOnce) {
  const auto ticket = Create({.user = UserId("alice"), .info = "{\"n\":1}", .join = {"chat"}});
  ASSERT_TRUE(ticket.ok());
  auto alice = Connect("/ws/chat?ticket=" + ticket->ticket);
  const auto presence = node.Presence("chat", PresenceDetail::kUsers);
  ASSERT_EQ(presence->users.size(), 1u);
  EXPECT_EQ(presence->users[0].user, UserId("alice"));
  EXPECT_EQ(presence->users[0].info, "{\"n\":1}");
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws/chat?ticket=" + ticket->ticket)), 401);
  EXPECT_EQ(node.Metric("gatehouse_tickets_redeemed_total"), 1);
  EXPECT_EQ(node.Metric("gatehouse_tickets_refused_total"), 1);
}

TEST_P(NodeTicketsTest, RoomsBoundTheUrlAndMayBeJoined) {
  const TicketCommand command = {.user = UserId("alice"), .rooms = {RoomName("chat")}};
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws/news?ticket=" + Create(command)->ticket)), 403);
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws/chat?ticket=" + Create(command)->ticket)), 101);
  TicketCommand wide = command;
  wide.join = {"*"};
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws/news?ticket=" + Create(wide)->ticket)), 403);
}

TEST_P(NodeTicketsTest, WithoutRightsNoRoomMayBeJoined) {
  const TicketCommand command = {.user = UserId("alice")};
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws/chat?ticket=" + Create(command)->ticket)), 403);
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws?ticket=" + Create(command)->ticket)), 101);
}

TEST_P(NodeTicketsTest, IsForItsAddressOnly) {
  const TicketCommand here = {.user = UserId("alice"), .address = "127.0.0.1"};
  const TicketCommand elsewhere = {.user = UserId("alice"), .address = "192.0.2.1"};
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws?ticket=" + Create(here)->ticket)), 101);
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws?ticket=" + Create(elsewhere)->ticket)), 401);
}

TEST_P(NodeTicketsTest, TheInfoIsBounded) {
  const auto refused = Create({.user = UserId("a"), .info = "\"" + std::string(1023, 'x') + "\""});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("1025 bytes, limit 1024"));
}

TEST_P(NodeTicketsTest, ARevocationOfAUserClosesItsSessionsAndRefusesItsTokens) {
  const std::string old = TokenWith("alice", "", Now() - 5000);
  auto alice1 = Connect(TargetWith(old));
  auto alice2 = Connect(TargetWith(old));
  auto bob = node.Join("bob", "chat");
  const auto ticket = Create({.user = UserId("alice")});
  const int64_t before = Now() - 1;
  const auto result = Revoke({.user = UserId("alice"), .issued_before_unix_millis = Now() + 50});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->closed, 2u);
  EXPECT_GE(result->until_unix_millis, before + 24 * 3600 * 1000LL);
  EXPECT_EQ(alice1.client.ReadClose(), kRevoked);
  EXPECT_EQ(alice2.client.ReadClose(), kRevoked);
  EXPECT_TRUE(node.Has(bob.id));
  const std::string refused = Upgrade(TargetWith(old));
  EXPECT_EQ(HttpStatusIn(refused), 401);
  EXPECT_THAT(refused, HasSubstr("\"code\":\"token_revoked\""));
  EXPECT_EQ(HttpStatusIn(Upgrade("/ws?ticket=" + ticket->ticket)), 401);
  EXPECT_EQ(HttpStatusIn(Upgrade(TargetWith(TokenWith("alice", "", Now() + 5000)))), 101);
}

TEST_P(NodeTicketsTest, ARevocationOfOneTokenLeavesTheUsersOthers) {
  auto first = Connect(TargetWith(TokenWith("alice", "t-1", Now())));
  auto second = node.Join("alice", "chat");
  EXPECT_EQ(Revoke({.token_id = "t-1"})->closed, 1u);
  EXPECT_EQ(first.client.ReadClose(), kRevoked);
  EXPECT_TRUE(node.Has(second.id));
  EXPECT_EQ(HttpStatusIn(Upgrade(TargetWith(TokenWith("alice", "t-1", Now())))), 401);
  EXPECT_EQ(HttpStatusIn(Upgrade(TargetWith(TokenWith("alice", "t-2", Now())))), 101);
}

TEST_P(NodeTicketsTest, ARevocationOfAllIsAboutWhatWasIssuedBefore) {
  auto old = Connect(TargetWith(TokenWith("alice", "", Now() - 10000)));
  auto recent = node.Join("bob", "chat");
  EXPECT_EQ(Revoke({.issued_before_unix_millis = Now() - 5000})->closed, 1u);
  EXPECT_EQ(old.client.ReadClose(), kRevoked);
  EXPECT_TRUE(node.Has(recent.id));
}

TEST_P(NodeTicketsTest, ARefreshWithARevokedTokenIsRefusedAndTheSessionLives) {
  auto alice = node.Join("alice", "chat");
  ASSERT_TRUE(Revoke({.token_id = "t-1"}).ok());
  alice.client.Say(R"({"type":"refresh","id":1,"token":")" + TokenWith("alice", "t-1", Now()) +
                   "\"}");
  EXPECT_THAT(alice.client.ReadText(), HasSubstr("\"token_revoked\""));
  EXPECT_TRUE(node.Has(alice.id));
}

TEST_P(NodeTicketsTest, AfterARefreshTheSessionIsTheNewTokens) {
  auto alice = Connect(TargetWith(TokenWith("alice", "t-1", Now())));
  alice.client.Say(R"({"type":"refresh","id":1,"token":")" + TokenWith("alice", "t-2", Now()) +
                   "\"}");
  EXPECT_THAT(alice.client.ReadText(), HasSubstr("\"refresh\""));
  EXPECT_EQ(Revoke({.token_id = "t-1"})->closed, 0u);
  EXPECT_EQ(Revoke({.token_id = "t-2"})->closed, 1u);
}

TEST_P(NodeTicketsTest, WhatIsTooFarAheadOrTooLongIsRefused) {
  const auto far = Revoke({.user = UserId("a"), .issued_before_unix_millis = Now() + 70000});
  EXPECT_EQ(far.status().code(), absl::StatusCode::kInvalidArgument);
  const auto late = Revoke({.user = UserId("a"), .keep_millis = 24 * 3600 * 1000 + 1});
  EXPECT_EQ(late.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("auth.revocation_time"));
}

TEST_P(NodeTicketsTest, RevocationsAreListedInPages) {
  ASSERT_TRUE(Revoke({.issued_before_unix_millis = 5000}).ok());
  ASSERT_TRUE(Revoke({.user = UserId("alice")}).ok());
  ASSERT_TRUE(Revoke({.user = UserId("bob")}).ok());
  ASSERT_TRUE(Revoke({.token_id = "t-1"}).ok());
  std::vector<std::string> seen;
  Page page{.size = 1};
  do {
    const auto part = List(page);
    ASSERT_TRUE(part.ok());
    ASSERT_EQ(part->revocations.size(), 1u);
    const RevocationEntry& entry = part->revocations[0];
    seen.push_back(entry.user ? entry.user->str() : entry.token_id);
    page.token = part->next_token;
  } while (!page.token.empty());
  EXPECT_THAT(seen, ElementsAre("", "alice", "bob", "t-1"));
  EXPECT_EQ(node.Metric("gatehouse_revocations"), 4);
  page.token = "forged";
  EXPECT_EQ(List(page).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace edge
