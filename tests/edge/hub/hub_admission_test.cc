// How clients become sessions: bans, rooms, deadlines, and what happens while they wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

absl::StatusCode RefusedWith(const HubRig::Connection& connection) {
  return connection->refused ? connection->refused->code() : absl::StatusCode::kOk;
}

TEST(HubAdmissionTest, ClientIsAnsweredWhenAllItsRoomsAreJoined) {
  HubRig rig(2);
  const auto alice = rig.Admit({.rooms = {rig.RoomAt(0), rig.RoomAt(1)}});
  EXPECT_FALSE(alice->opened);
  rig.Settle();
  EXPECT_TRUE(alice->opened);
  EXPECT_EQ(alice->bytes, RecordedConnection::kOpening);
}

TEST(HubAdmissionTest, WelcomeComesFirstAndNamesThePositions) {
  HubRig rig(2);
  const std::string near = rig.RoomAt(0);
  const std::string far = rig.RoomAt(1);
  rig.Connect({.user = "other", .rooms = {near}});
  rig.Publish(near, "1");
  const auto alice = rig.Admit({.rooms = {near, far}, .welcome = true});
  rig.Publish(near, "2");  // while the other room is being joined still
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 2U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "type"), "\"welcome\"");
  EXPECT_EQ(JsonField(alice->Texts()[0], "user"), "\"alice\"");
  EXPECT_THAT(alice->Texts()[0], HasSubstr("\"room\":\"" + near + "\",\"offset\":1,"));
  EXPECT_EQ(JsonField(alice->Texts()[1], "offset"), "2");
}

TEST(HubAdmissionTest, BannedUserIsRefusedUntilTheBanIsOver) {
  HubRig rig;
  const int64_t now = rig.clock().UnixMillis();
  ASSERT_TRUE(rig.bans().Add({.user = UserId("eve"), .until_unix_millis = now + 1000}, now).ok());
  EXPECT_EQ(RefusedWith(rig.Connect({.user = "eve", .rooms = {"chat"}})),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(rig.Connect({.user = "alice", .rooms = {"chat"}})->opened);
  rig.Advance(2000);
  EXPECT_TRUE(rig.Connect({.user = "eve", .rooms = {"chat"}})->opened);
}

// The token was good when it was checked; then the application was asked.
TEST(HubAdmissionTest, WhoseTokenWasRevokedMeanwhileIsRefused) {
  HubRig rig;
  const int64_t now = rig.clock().UnixMillis();
  ASSERT_TRUE(
      rig.revocations()
          .Add({.name = "eve", .issued_before_unix_millis = now, .until_unix_millis = now + 1000},
               now)
          .ok());
  EXPECT_EQ(RefusedWith(rig.Connect({.user = "eve", .issued_at_millis = now - 1})),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(rig.Connect({.user = "eve", .issued_at_millis = now})->opened);
  EXPECT_TRUE(rig.Connect({.user = "alice", .issued_at_millis = now - 1})->opened);
  rig.Advance(2000);
  EXPECT_TRUE(rig.Connect({.user = "eve", .issued_at_millis = now - 1})->opened);
}

TEST(HubAdmissionTest, UserBannedFromOneRoomIsRefusedThereOnly) {
  HubRig rig;
  const int64_t now = rig.clock().UnixMillis();
  ASSERT_TRUE(rig.bans().Add({.user = UserId("eve"), .room = RoomName("chat")}, now).ok());
  EXPECT_EQ(RefusedWith(rig.Connect({.user = "eve", .rooms = {"other", "chat"}})),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(rig.Present("other"), 0U);
  const auto eve = rig.Connect({.user = "eve", .rooms = {"other"}});
  rig.Say(eve, R"({"type":"join","room":"chat"})");
  EXPECT_EQ(JsonField(eve->Texts()[0], "code"), "\"permission_denied\"");
}

TEST(HubAdmissionTest, FullRoomRefusesAndLeavesNothingBehind) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1, "small:");
  const std::string other = rig.RoomAt(1);
  rig.Connect({.user = "one", .rooms = {room}});
  rig.Connect({.user = "two", .rooms = {room}});
  const auto alice = rig.Connect({.rooms = {other, room}});
  EXPECT_EQ(RefusedWith(alice), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(alice->destroyed);
  EXPECT_EQ(rig.Present(other), 0U);
  EXPECT_EQ(rig.metrics(0).sessions.value(), 2);
}

// One room is refused while another shard has not answered for the others yet.
TEST(HubAdmissionTest, RefusalCancelsTheJoinsThatWaitStillAndHappensOnce) {
  HubRig rig(2);
  const int64_t now = rig.clock().UnixMillis();
  ASSERT_TRUE(rig.bans().Add({.user = UserId("eve"), .room = RoomName("banned")}, now).ok());
  const std::string a = rig.RoomAt(1, "a");
  const std::string b = rig.RoomAt(1, "b");
  const auto eve = rig.Admit({.user = "eve", .rooms = {a, b, "banned"}});
  rig.Settle();
  EXPECT_EQ(RefusedWith(eve), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(rig.Present(a) + rig.Present(b), 0U);
  EXPECT_EQ(rig.metrics(0).sessions.value(), 0);
  EXPECT_EQ(rig.metrics(0).sessions_closed.value(), 1);
  // A slot freed twice would be given to two sessions.
  const auto one = rig.Connect({.user = "one", .rooms = {a}});
  const auto two = rig.Connect({.user = "two", .rooms = {a}});
  EXPECT_NE(one->session, two->session);
}

TEST(HubAdmissionTest, KickOfASessionBeingAdmittedRefusesItOnce) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1);
  const auto alice = rig.Admit({.rooms = {room}});
  rig.Kick(alice);
  rig.Settle();
  EXPECT_EQ(RefusedWith(alice), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(alice->opened);
  EXPECT_EQ(rig.Present(room), 0U);
  EXPECT_EQ(rig.metrics(0).sessions.value(), 0);
  const auto one = rig.Connect({.user = "one"});
  const auto two = rig.Connect({.user = "two"});
  EXPECT_NE(one->session, two->session);
}

TEST(HubAdmissionTest, CloseThatSaysComeBackRefusesAnAdmissionAsUnavailable) {
  HubRig rig(2);
  const auto alice = rig.Admit({.rooms = {rig.RoomAt(1)}});
  rig.Kick(alice, 3001);
  EXPECT_EQ(RefusedWith(alice), absl::StatusCode::kUnavailable);
}

TEST(HubAdmissionTest, AdmissionThatTakesTooLongIsRefused) {
  HubRig rig(2, {.handshake_timeout_millis = 1000});
  const std::string room = rig.RoomAt(1);
  const auto alice = rig.Admit({.rooms = {room}});
  rig.clock().Advance(2000);
  rig.Turn(0);
  EXPECT_EQ(RefusedWith(alice), absl::StatusCode::kUnavailable);
  rig.Settle();
  EXPECT_EQ(rig.Present(room), 0U);
  EXPECT_TRUE(alice->destroyed);
}

TEST(HubAdmissionTest, LeavingNodeAdmitsNobody) {
  HubRig rig;
  kOnShard.AssertHeld();
  rig.hub().StopAdmitting();
  EXPECT_EQ(RefusedWith(rig.Connect({})), absl::StatusCode::kUnavailable);
  EXPECT_EQ(rig.metrics().sessions_opened.value(), 0);
}

TEST(HubAdmissionTest, HandshakesAreLimitedToTheirRate) {
  HubRig rig(1, {.handshakes_per_second = 10});
  kOnShard.AssertHeld();
  int taken = 0;
  for (int i = 0; i < 50; ++i) taken += rig.hub().TakeHandshake() ? 1 : 0;
  EXPECT_EQ(taken, 10);
  rig.Advance(1000);
  EXPECT_TRUE(rig.hub().TakeHandshake());
}

TEST(HubAdmissionTest, OverloadedHomeRefusesAndForgetsNothing) {
  HubRig rig(2, {}, 128);  // lanes of 64, of which 16 are replies'
  const std::string room = rig.RoomAt(1);
  std::vector<HubRig::Connection> clients;
  for (int i = 0; i < 40; ++i)
    clients.push_back(rig.Admit({.user = std::to_string(i), .rooms = {room}}));
  rig.Settle();
  size_t opened = 0;
  for (const auto& client : clients) opened += client->opened ? 1 : 0;
  EXPECT_EQ(opened, 16U);
  EXPECT_EQ(rig.Present(room), 16U);
  EXPECT_EQ(RefusedWith(clients.back()), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(rig.Connect({.user = "later", .rooms = {room}})->opened);
}

}  // namespace
}  // namespace edge
