#include "edge/transport/upgrade_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/protocol/error_code.h"
#include "tests/support/hub_rig.h"
#include "tests/support/test_tokens.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kNow = 1767225600000;

class UpgradeRulesTest : public testing::Test {
 protected:
  UpgradeRulesTest() {
    context.verifier = &verifier;
    context.policies = &policies;
    context.origins = *OriginRules::Parse({"https://app.example.com", "https://*.example.org"});
    context.max_rooms = 3;
    request.method = "GET";
    request.path = "/ws/chat";
    request.upgrades_to_websocket = true;
    request.websocket_version = "13";
    request.websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
  }
  absl::StatusCode Plan() {
    return PlanUpgrade(context, request, "192.0.2.1:5000", kNow, plan).code();
  }
  std::vector<RoomName> Rooms() const {
    std::vector<RoomName> names;
    for (const WantedRoom& room : plan.rooms) names.push_back(room.name);
    return names;
  }
  absl::StatusCode Handshake() { return CheckHandshake(request).status().code(); }

  const std::string token = TokenOf("alice", kNow);
  TokenVerifier verifier = MakeTestVerifier();
  RoomPolicies policies{HubRig::Policies()};
  GateContext context;
  HttpRequest request;
  UpgradePlan plan;
};

TEST_F(UpgradeRulesTest, TokenIsTakenFromTheQuery) {
  request.query = {{"token", token}};
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.identity.user, UserId("alice"));
  EXPECT_THAT(Rooms(), ElementsAre(RoomName("chat")));
  EXPECT_EQ(plan.subprotocol, "");
}

TEST_F(UpgradeRulesTest, TokenIsTakenFromTheHeaderWhateverItsCase) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    request.authorization = scheme + token;
    EXPECT_EQ(Plan(), absl::StatusCode::kOk) << scheme;
    plan = UpgradePlan();
  }
  request.authorization = "Basic " + token;
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
}

TEST_F(UpgradeRulesTest, TokenIsTakenFromTheConfiguredCookieOnly) {
  request.cookie = "other=1; gh=" + token;
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
  context.token_cookie = "gh";
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
}

TEST_F(UpgradeRulesTest, TokenIsTakenFromTheSubprotocolPairAndThePairsNameEchoed) {
  request.websocket_protocol = "chat, gatehouse.bearer , " + token;
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.subprotocol, kBearerSubprotocol);
}

TEST_F(UpgradeRulesTest, SubprotocolPairWithoutATokenIsNoToken) {
  request.websocket_protocol = "gatehouse.bearer";
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
}

TEST_F(UpgradeRulesTest, MostDeliberatePlaceWins) {
  request.authorization = "Bearer nonsense";
  request.query = {{"token", token}};
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
}

TEST_F(UpgradeRulesTest, OriginMustBeAllowedWhereThereIsOne) {
  request.query = {{"token", token}};
  for (const char* allowed :
       {"https://app.example.com", "https://APP.example.com:443", "https://a.b.example.org"}) {
    request.origin = allowed;
    plan = UpgradePlan();
    EXPECT_EQ(Plan(), absl::StatusCode::kOk) << allowed;
  }
  for (const char* other :
       {"https://example.org", "http://app.example.com", "https://app.example.com:444",
        "https://app.example.com.evil.net", "null", "https://evilexample.org"}) {
    request.origin = other;
    plan = UpgradePlan();
    EXPECT_EQ(Plan(), absl::StatusCode::kPermissionDenied) << other;
  }
}

// Else a browser would drop the answer that tells it why.
TEST_F(UpgradeRulesTest, SubprotocolIsKnownEvenIfTheOriginIsRefused) {
  request.origin = "https://evil.net";
  request.websocket_protocol = "gatehouse.bearer, " + token;
  EXPECT_EQ(Plan(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(plan.subprotocol, kBearerSubprotocol);
}

TEST_F(UpgradeRulesTest, RoomsComeFromPathAndQuery) {
  request.query = {{"token", token}, {"room", "b"}, {"room", "c"}};
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_THAT(Rooms(), ElementsAre(RoomName("chat"), RoomName("b"), RoomName("c")));
}

TEST_F(UpgradeRulesTest, NoRoomIsFineTwiceTheSameOrTooManyAreNot) {
  request.path = "/ws";
  request.query = {{"token", token}};
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
  request.query = {{"token", token}, {"room", "a"}, {"room", "a"}};
  plan = UpgradePlan();
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
  request.query = {{"token", token}, {"room", "a"}, {"room", "b"}, {"room", "c"}, {"room", "d"}};
  plan = UpgradePlan();
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
}

TEST_F(UpgradeRulesTest, RoomNamesAreChecked) {
  request.query = {{"token", token}};
  for (const std::string& bad :
       {std::string("/ws/"), std::string("/ws/a b"), "/ws/" + std::string(256, 'x'),
        std::string("/ws/\xc3\xa9"), std::string("/ws/a\0b", 7)}) {
    request.path = bad;
    plan = UpgradePlan();
    EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST_F(UpgradeRulesTest, EveryRoomNeedsARightAndTheMessageShowsNoToken) {
  const std::string narrow =
      MintTestToken({.user = "alice", .join = {"chat", "news:*"}, .issued_at_millis = kNow});
  request.query = {{"token", narrow}, {"room", "news:1"}};
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
  request.query = {{"token", narrow}, {"room", "other"}};
  plan = UpgradePlan();
  const absl::Status refused = PlanUpgrade(context, request, "192.0.2.1:5000", kNow, plan);
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(refused.ToString(), HasSubstr("other"));
  EXPECT_THAT(refused.ToString(), Not(HasSubstr(narrow)));
}

TEST_F(UpgradeRulesTest, EchoAsksForNothing) {
  context.echo = true;
  request.path = "/";
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
}

TEST_F(UpgradeRulesTest, HandshakeIsAGetOfHttp11WithoutABody) {
  EXPECT_EQ(Handshake(), absl::StatusCode::kOk);
  HttpRequest wrong = request;
  wrong.method = "POST";
  EXPECT_EQ(CheckHandshake(wrong).status().code(), absl::StatusCode::kInvalidArgument);
  wrong = request;
  wrong.http11 = false;
  EXPECT_EQ(CheckHandshake(wrong).status().code(), absl::StatusCode::kInvalidArgument);
  wrong = request;
  wrong.has_body = true;
  EXPECT_EQ(CheckHandshake(wrong).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(UpgradeRulesTest, WhatIsNoUpgradeOrAnotherVersionIsTold) {
  request.websocket_version = "8";
  EXPECT_EQ(Handshake(), absl::StatusCode::kFailedPrecondition);
  request.websocket_version = "13";
  request.upgrades_to_websocket = false;
  EXPECT_EQ(Handshake(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(UpgradeRulesTest, KeyMustBeSixteenBytesInBase64) {
  for (const char* bad :
       {"", "x", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==x",
        "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZSBsb25n"}) {
    request.websocket_key = bad;
    EXPECT_EQ(Handshake(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST_F(UpgradeRulesTest, PathsOfTheEndpointAreWsAndWhatIsBelow) {
  EXPECT_TRUE(IsWebSocketPath(context, "/ws"));
  EXPECT_TRUE(IsWebSocketPath(context, "/ws/a/b"));
  for (const char* other : {"", "/", "/w", "/wsx", "/WS", "//ws", "/x/ws"}) {
    EXPECT_FALSE(IsWebSocketPath(context, other)) << other;
  }
}

TEST_F(UpgradeRulesTest, CompressionIsAgreedOnWhereItIsOnAndOffered) {
  request.query = {{"token", token}};
  request.websocket_extensions = "permessage-deflate; server_max_window_bits=12";
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.deflate.window_bits, 0);
  plan = UpgradePlan();
  context.deflate = true;
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.deflate.window_bits, 12);
  plan = UpgradePlan();
  request.websocket_extensions = "";
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.deflate.window_bits, 0);
}

TEST_F(UpgradeRulesTest, ExtensionsThatAreMalformedAreRefusedWhereTheyAreLookedAt) {
  request.query = {{"token", token}};
  request.websocket_extensions = "permessage-deflate; =";
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
  plan = UpgradePlan();
  context.deflate = true;
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
}

TEST_F(UpgradeRulesTest, AnEchoAgreesOnCompressionToo) {
  context.echo = context.deflate = true;
  request.websocket_extensions = "permessage-deflate";
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.deflate.window_bits, 15);
}

TEST_F(UpgradeRulesTest, APositionIsOfTheRoomBeforeIt) {
  request.path = "/ws/chat";
  request.query = {{"token", token},
                   {"since", "00000000000000ff:7"},
                   {"room", "b"},
                   {"room", "c"},
                   {"since", "0000000000000001:0"}};
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  ASSERT_EQ(plan.rooms.size(), 3U);
  EXPECT_EQ(plan.rooms[0].since, (RoomPosition{255, 7}));
  EXPECT_EQ(plan.rooms[1].since, std::nullopt);
  EXPECT_EQ(plan.rooms[2].since, (RoomPosition{1, 0}));
}

TEST_F(UpgradeRulesTest, APositionThatIsNoneIsABadRequest) {
  for (const char* since : {"", "7", "ff:7", "00000000000000ff:", "00000000000000ff:-1",
                            "00000000000000fg:1", "00000000000000ff:18446744073709551616"}) {
    request.query = {{"token", token}, {"since", since}};
    EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument) << since;
  }
  request.query = {
      {"token", token}, {"since", "00000000000000ff:1"}, {"since", "00000000000000ff:1"}};
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
  request.path = "/ws";
  request.query = {{"token", token}, {"since", "00000000000000ff:1"}, {"room", "chat"}};
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
}

class TicketUpgradeTest : public UpgradeRulesTest {
 protected:
  TicketUpgradeTest() {
    context.tickets = &tickets;
    context.revocations = &revocations;
  }
  std::string Create(const std::string& user, std::vector<std::string> join = {"*"}) {
    Ticket ticket;
    ticket.identity.user = UserId(user);
    ticket.identity.issued_at_millis = kNow;
    ticket.identity.grants =
        std::make_shared<const Grants>(Grants{.join = *RoomPatterns::Parse(std::move(join))});
    ticket.until_unix_millis = kNow + 1;
    return *tickets.Create(std::move(ticket), kNow);
  }

  TicketStore tickets{10};
  RevocationList revocations{10};
};

TEST_F(TicketUpgradeTest, ATicketIsTakenFromTheQueryAndUsedUp) {
  request.query = {{"ticket", Create("bob")}};
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.identity.user, UserId("bob"));
  EXPECT_TRUE(plan.has_token);
  plan = UpgradePlan();
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TicketUpgradeTest, ATicketDecidesAloneWhateverTokensComeWithIt) {
  request.authorization = "Bearer " + token;
  request.query = {{"token", token}, {"ticket", Create("bob")}};
  ASSERT_EQ(Plan(), absl::StatusCode::kOk);
  EXPECT_EQ(plan.identity.user, UserId("bob"));
  plan = UpgradePlan();
  request.query.back().second = "";
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TicketUpgradeTest, WhatTheClientCanMendDoesNotCostTheTicket) {
  const std::string ticket = Create("bob");
  request.query = {{"ticket", ticket}, {"room", "no room"}};
  EXPECT_EQ(Plan(), absl::StatusCode::kInvalidArgument);
  plan = UpgradePlan();
  request.query = {{"ticket", ticket}};
  request.origin = "https://evil.example.com";
  EXPECT_EQ(Plan(), absl::StatusCode::kPermissionDenied);
  plan = UpgradePlan();
  request.origin.clear();
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
}

TEST_F(TicketUpgradeTest, ItsRightsBoundTheRooms) {
  request.query = {{"ticket", Create("bob", {"game:*"})}};
  EXPECT_EQ(Plan(), absl::StatusCode::kPermissionDenied);
}

TEST_F(TicketUpgradeTest, ARevokedTokenOrTicketIsRefused) {
  ASSERT_TRUE(revocations
                  .Add({.name = "alice",
                        .issued_before_unix_millis = kNow + 1,
                        .until_unix_millis = kNow + 60000},
                       kNow)
                  .ok());
  request.query = {{"token", token}};
  const absl::Status refused = PlanUpgrade(context, request, "192.0.2.1:5000", kNow, plan);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ClientErrorCode(refused), "token_revoked");
  plan = UpgradePlan();
  request.query = {{"ticket", Create("alice")}};
  EXPECT_EQ(Plan(), absl::StatusCode::kUnauthenticated);
  plan = UpgradePlan();
  request.query = {{"ticket", Create("bob")}};
  EXPECT_EQ(Plan(), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace edge
