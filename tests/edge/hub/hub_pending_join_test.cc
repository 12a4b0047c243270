// Joins whose home is another shard, in every order of what can come between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HubPendingJoinTest : public testing::Test {
 protected:
  HubPendingJoinTest()
      : rig(2),
        room(rig.RoomAt(1)),
        other(rig.Connect({.user = "other", .rooms = {room}}, 1)),
        alice(rig.Connect({.user = "alice"}, 0)) {}

  void SendJoin(int id) {
    rig.Send(alice, R"({"type":"join","id":)" + std::to_string(id) + R"(,"room":")" + room + "\"}");
  }
  void SendLeave(int id) {
    rig.Send(alice,
             R"({"type":"leave","id":)" + std::to_string(id) + R"(,"room":")" + room + "\"}");
  }

  HubRig rig;
  std::string room;
  HubRig::Connection other;
  HubRig::Connection alice;
};

TEST_F(HubPendingJoinTest, WhatIsPublishedAfterTheJoinsOffsetArrivesAndNothingBefore) {
  rig.Publish(room, "\"before\"");
  SendJoin(1);
  rig.Publish(room, "\"while asked\"");  // the home has not seen the request
  rig.Turn(1);
  rig.Publish(room, "\"after\"");  // the reply is on its way
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 2U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "type"), "\"join\"");
  EXPECT_EQ(JsonField(alice->Texts()[0], "offset"), "2");
  EXPECT_EQ(JsonField(alice->Texts()[1], "content"), "\"after\"");
  EXPECT_EQ(JsonField(alice->Texts()[1], "offset"), "3");
}

TEST_F(HubPendingJoinTest, SecondJoinWhileTheFirstIsAskedIsRefused) {
  SendJoin(1);
  SendJoin(2);
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 2U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "code"), "\"already_joined\"");
  EXPECT_EQ(JsonField(alice->Texts()[0], "id"), "2");
  EXPECT_EQ(JsonField(alice->Texts()[1], "id"), "1");
  EXPECT_EQ(rig.Present(room), 2U);
}

TEST_F(HubPendingJoinTest, LeaveWhileJoiningAnswersBothAndLeavesNothing) {
  SendJoin(1);
  SendLeave(2);
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 2U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "id"), "1");
  EXPECT_EQ(JsonField(alice->Texts()[0], "code"), "\"unavailable\"");
  EXPECT_EQ(JsonField(alice->Texts()[1], "type"), "\"leave\"");
  EXPECT_FALSE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 1U);
}

TEST_F(HubPendingJoinTest, LeaveBetweenTheHomesAnswerAndItsArrivalLeavesNothing) {
  SendJoin(1);
  rig.Turn(1);
  SendLeave(2);
  rig.Settle();
  EXPECT_FALSE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 1U);
}

TEST_F(HubPendingJoinTest, JoinLeaveJoinEndsInTheRoomOnce) {
  SendJoin(1);
  SendLeave(2);
  SendJoin(3);
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 3U);
  EXPECT_EQ(JsonField(alice->Texts()[2], "type"), "\"join\"");
  EXPECT_EQ(JsonField(alice->Texts()[2], "id"), "3");
  EXPECT_TRUE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 2U);
  rig.Publish(room, "1");
  rig.Settle();
  EXPECT_EQ(alice->Texts().size(), 4U);
}

TEST_F(HubPendingJoinTest, KickWhileJoiningClosesOnceAndTheRoomForgetsIt) {
  SendJoin(1);
  rig.Kick(alice);
  rig.Publish(room, "1");
  rig.Turn(1);
  rig.Publish(room, "2");
  rig.Settle();
  ASSERT_EQ(alice->Messages().size(), 1U);
  EXPECT_EQ(alice->CloseCode(), 3503);
  EXPECT_EQ(rig.Present(room), 1U);
  EXPECT_EQ(rig.metrics(0).sessions.value(), 0);
}

TEST_F(HubPendingJoinTest, LostConnectionWhileJoiningIsFreedAndTheRoomForgetsIt) {
  SendJoin(1);
  rig.Lose(alice);
  rig.Turn(0);
  EXPECT_TRUE(alice->destroyed);
  rig.Settle();
  EXPECT_EQ(rig.Present(room), 1U);
  // The slot's next session is not taken for the one that asked.
  const auto next = rig.Connect({.user = "next"}, 0);
  EXPECT_FALSE(rig.IsMember(next, room));
}

TEST_F(HubPendingJoinTest, SlotThatIsUsedAgainBeforeTheReplyDoesNotInheritTheJoin) {
  SendJoin(1);
  rig.Turn(1);  // the reply is on its way
  rig.Lose(alice);
  rig.hub(0).EndOfTurn();  // frees the slot, and reads no mail
  const auto next = rig.Admit({.user = "next"}, 0);
  rig.Settle();
  EXPECT_FALSE(rig.IsMember(next, room));
  EXPECT_EQ(rig.Present(room), 1U);
  EXPECT_THAT(next->Texts(), IsEmpty());
}

TEST_F(HubPendingJoinTest, RightThatARefreshTookAwayWhileJoiningIsNotUsed) {
  SendJoin(1);
  const std::string token = MintTestToken({.user = "alice",
                                           .join = {"nothing"},
                                           .publish = {"nothing"},
                                           .issued_at_millis = rig.clock().UnixMillis()});
  rig.Send(alice, R"({"type":"refresh","token":")" + token + "\"}");
  rig.Settle();
  EXPECT_FALSE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 1U);
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"permission_denied\"");
}

TEST_F(HubPendingJoinTest, InfoOfARefreshWhileJoiningReachesTheRoom) {
  SendJoin(1);
  const std::string token = MintTestToken({.user = "alice",
                                           .join = {"*"},
                                           .publish = {"*"},
                                           .info = R"({"v":2})",
                                           .issued_at_millis = rig.clock().UnixMillis()});
  rig.Send(alice, R"({"type":"refresh","token":")" + token + "\"}");
  rig.Settle();
  rig.Say(alice, R"({"type":"presence"})");
  EXPECT_THAT(alice->Texts().back(), HasSubstr(R"("user":"alice","connections":1,"info":{"v":2})"));
}

// Until the home's mailbox takes the leave, nothing of the session overtakes it.
TEST(HubDeferredLeaveTest, LeavesWaitForAFullMailboxAndAreNotLost) {
  HubRig rig(2, {}, 128);
  const std::string room = rig.RoomAt(1);
  std::vector<HubRig::Connection> clients;
  for (int i = 0; i < 80; ++i) {
    clients.push_back(rig.Connect({.user = std::to_string(i), .rooms = {room}}));
  }
  ASSERT_EQ(rig.Present(room), 80U);
  for (const auto& client : clients) rig.Lose(client);
  EXPECT_TRUE(rig.hub(0).HasDeferredWork());
  const auto late = rig.Admit({.user = "late", .rooms = {room}});
  ASSERT_TRUE(late->refused.has_value());
  EXPECT_EQ(late->refused->code(), absl::StatusCode::kUnavailable);
  rig.Settle();
  EXPECT_EQ(rig.Present(room), 0U);
  EXPECT_TRUE(rig.Connect({.user = "later", .rooms = {room}})->opened);
}

}  // namespace
}  // namespace edge
