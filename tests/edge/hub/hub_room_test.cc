// What members of a room get, and in which order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> Fields(const std::vector<std::string>& texts, std::string_view name) {
  std::vector<std::string> fields;
  for (const std::string& text : texts) fields.push_back(JsonField(text, name));
  return fields;
}

TEST(HubRoomTest, EveryMemberGetsAClientsMessageWithUserRoomAndOffset) {
  HubRig rig;
  const auto alice = rig.Connect({.user = "alice", .rooms = {"chat"}});
  const auto bob = rig.Connect({.user = "bob", .rooms = {"chat"}});
  rig.Say(alice, R"({"content":{"a":[1,2.50]}})");
  for (const auto& member : {alice, bob}) {
    ASSERT_EQ(member->Texts().size(), 1U);
    const std::string text = member->Texts()[0];
    EXPECT_EQ(JsonField(text, "content"), R"({"a":[1,2.50]})");
    EXPECT_EQ(JsonField(text, "user"), "\"alice\"");
    EXPECT_EQ(JsonField(text, "room"), "\"chat\"");
    EXPECT_EQ(JsonField(text, "offset"), "1");
    EXPECT_EQ(JsonField(text, "ts"), "\"2026-01-01T00:00:00.000Z\"");
  }
}

TEST(HubRoomTest, WhoIsNotInTheRoomGetsNothing) {
  HubRig rig;
  const auto alice = rig.Connect({.user = "alice", .rooms = {"chat"}});
  const auto eve = rig.Connect({.user = "eve", .rooms = {"other"}});
  rig.Say(alice, R"({"content":1})");
  EXPECT_THAT(eve->Texts(), IsEmpty());
}

TEST(HubRoomTest, OffsetsCountUpAndAllMembersSeeOneOrder) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(0);
  const auto near = rig.Connect({.user = "near", .rooms = {room}}, 0);
  const auto far = rig.Connect({.user = "far", .rooms = {room}}, 1);
  for (int i = 0; i < 50; ++i) {
    rig.Send(near, R"({"content":"n"})");
    rig.Send(far, R"({"content":"f"})");
    if (i % 7 == 0) rig.Turn(static_cast<ShardIndex>(i % 2));
  }
  rig.Settle();
  ASSERT_EQ(near->Texts().size(), 100U);
  EXPECT_EQ(near->Texts(), far->Texts());
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(JsonNumber(near->Texts()[i], "offset"), i + 1);
}

TEST(HubRoomTest, SenderWithAnIdGetsAnAckWithTheOffset) {
  for (const ShardIndex home : {ShardIndex{0}, ShardIndex{1}}) {
    HubRig rig(2);
    const std::string room = rig.RoomAt(home);
    const auto alice = rig.Connect({.rooms = {room}}, 0);
    rig.Publish(room, "0");
    rig.Say(alice, R"({"content":1,"id":"x-1"})");
    ASSERT_EQ(alice->Texts().size(), 3U);
    const std::string ack = alice->Texts()[2];
    EXPECT_EQ(JsonField(ack, "type"), "\"ack\"");
    EXPECT_EQ(JsonField(ack, "id"), "\"x-1\"");
    EXPECT_EQ(JsonField(ack, "offset"), "2");
    EXPECT_EQ(JsonField(ack, "epoch").size(), 18U);
  }
}

TEST(HubRoomTest, SenderWithoutAnIdGetsNoAck) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"chat"}});
  rig.Say(alice, R"({"content":1})");
  EXPECT_THAT(alice->Texts(), Each(Not(HasSubstr("ack"))));
}

TEST(HubRoomTest, MessageWithoutRoomIsRefusedWhereThereAreSeveral) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"a", "b"}});
  rig.Say(alice, R"({"content":1,"id":5})");
  rig.Say(alice, R"({"content":2,"room":"b"})");
  ASSERT_EQ(alice->Texts().size(), 2U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "code"), "\"bad_request\"");
  EXPECT_EQ(JsonField(alice->Texts()[0], "id"), "5");
  EXPECT_EQ(JsonField(alice->Texts()[1], "room"), "\"b\"");
}

TEST(HubRoomTest, PublishNeedsMembershipRightAndPolicy) {
  HubRig rig;
  const auto alice = rig.Connect(
      {.rooms = {"chat", "quiet:1", "ro"}, .publish = {"chat", "quiet:*", "elsewhere"}});
  rig.Say(alice, R"({"content":1,"room":"elsewhere"})");
  rig.Say(alice, R"({"content":1,"room":"quiet:1"})");
  rig.Say(alice, R"({"content":1,"room":"ro"})");
  EXPECT_THAT(Fields(alice->Texts(), "code"),
              ElementsAre("\"not_joined\"", "\"permission_denied\"", "\"permission_denied\""));
}

TEST(HubRoomTest, BinaryIsPassedOnAsItIsWhereTheNamespaceAllowsIt) {
  HubRig rig;
  const auto alice = rig.Connect({.user = "alice", .rooms = {"bytes:1"}});
  const auto bob = rig.Connect({.user = "bob", .rooms = {"bytes:1"}});
  const auto carol = rig.Connect({.user = "carol", .rooms = {"chat"}});
  const std::string bytes("\x00\xff\x01", 3);
  rig.SendBinary(alice, bytes);
  rig.SendBinary(carol, bytes);
  rig.Settle();
  EXPECT_THAT(bob->Messages(), ElementsAre(RecordedConnection::Message{Opcode::kBinary, bytes}));
  ASSERT_EQ(carol->Texts().size(), 1U);
  EXPECT_EQ(JsonField(carol->Texts()[0], "code"), "\"bad_request\"");
}

TEST(HubRoomTest, JoinAndLeaveAreAnsweredAndTakeEffect) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1);
  const auto alice = rig.Connect({});
  rig.Say(alice, R"({"type":"join","id":1,"room":")" + room + "\"}");
  EXPECT_TRUE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 1U);
  rig.Publish(room, "\"in\"");
  rig.Settle();
  rig.Say(alice, R"({"type":"leave","id":2,"room":")" + room + "\"}");
  EXPECT_FALSE(rig.IsMember(alice, room));
  EXPECT_EQ(rig.Present(room), 0U);
  rig.Publish(room, "\"out\"");
  rig.Settle();
  ASSERT_EQ(alice->Texts().size(), 3U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "type"), "\"join\"");
  EXPECT_EQ(JsonField(alice->Texts()[1], "content"), "\"in\"");
  EXPECT_EQ(JsonField(alice->Texts()[2], "type"), "\"leave\"");
}

TEST(HubRoomTest, JoinIsRefusedTwiceWithoutARightAndWhenTheRoomIsFull) {
  HubRig rig;
  rig.Connect({.user = "one", .rooms = {"small:1"}});
  rig.Connect({.user = "two", .rooms = {"small:1"}});
  const auto alice = rig.Connect({.rooms = {"chat"}, .join = {"chat", "small:*"}});
  rig.Say(alice, R"({"type":"join","room":"chat"})");
  rig.Say(alice, R"({"type":"join","room":"secret"})");
  rig.Say(alice, R"({"type":"join","room":"small:1"})");
  EXPECT_THAT(Fields(alice->Texts(), "code"),
              ElementsAre("\"already_joined\"", "\"permission_denied\"", "\"limit_exceeded\""));
}

TEST(HubRoomTest, SessionCannotJoinMoreRoomsThanTheLimit) {
  HubRig rig(1, {.max_rooms = 2});
  const auto alice = rig.Connect({.rooms = {"a"}});
  rig.Say(alice, R"({"type":"join","room":"b"})");
  rig.Say(alice, R"({"type":"join","room":"c"})");
  EXPECT_EQ(JsonField(alice->Texts()[1], "code"), "\"limit_exceeded\"");
  EXPECT_FALSE(rig.IsMember(alice, "c"));
}

TEST(HubRoomTest, RoomThatWasEmptyComesBackWithANewEpochAndOffset) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1);
  const auto first = rig.Connect({.rooms = {room}});
  const PublishOutcome before = rig.Publish(room, "1");
  rig.Lose(first);
  rig.Settle();
  EXPECT_EQ(rig.Publish(room, "2").position.offset, 0U);
  rig.Connect({.rooms = {room}});
  const PublishOutcome after = rig.Publish(room, "3");
  EXPECT_EQ(before.position.offset, 1U);
  EXPECT_EQ(after.position.offset, 1U);
  EXPECT_NE(before.position.epoch, after.position.epoch);
}

TEST(HubRoomTest, RoomsAreForgottenWhenTheirLastMemberLeaves) {
  HubRig rig(2);
  const auto alice = rig.Connect({.rooms = {rig.RoomAt(0), rig.RoomAt(1)}});
  EXPECT_EQ(rig.metrics(0).rooms.value() + rig.metrics(1).rooms.value(), 2);
  rig.Lose(alice);
  rig.Settle();
  EXPECT_EQ(rig.metrics(0).rooms.value() + rig.metrics(1).rooms.value(), 0);
  EXPECT_EQ(rig.metrics(0).memberships.value(), 0);
}

}  // namespace
}  // namespace edge
