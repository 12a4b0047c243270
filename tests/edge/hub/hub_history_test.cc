// What rooms keep, and what those get who come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Client = HubRig::Client;

std::vector<std::string> Offsets(const HubRig::Connection& connection) {
  std::vector<std::string> offsets;
  for (const std::string& text : connection->Texts()) {
    if (JsonField(text, "type").empty()) offsets.push_back(JsonField(text, "offset"));
  }
  return offsets;
}

// In turn from one shard and from two, the second being the rooms' home.
class HubHistoryTest : public testing::TestWithParam<size_t> {
 protected:
  HubHistoryTest() : room(rig.RoomAt(static_cast<ShardIndex>(GetParam() - 1), "log:")) {}

  RoomPosition PublishSome(int count) {
    RoomPosition last;
    for (int i = 0; i < count; ++i) last = rig.Publish(room, std::to_string(i)).position;
    rig.Settle();
    return last;
  }
  HubRig::Connection Return(const std::string& user, RoomPosition since) {
    return rig.Connect({.user = user, .rooms = {room}, .since = since});
  }

  HubRig rig{GetParam()};
  const std::string room;
};
INSTANTIATE_TEST_SUITE_P(Shards, HubHistoryTest, testing::Values(1, 2));

TEST_P(HubHistoryTest, WhoComesBackGetsWhatItMissedBehindItsWelcomeAndThenWhatIsNew) {
  const RoomPosition at = PublishSome(2);
  PublishSome(3);
  const auto alice = Return("alice", at);
  rig.Publish(room, "9");
  rig.Settle();
  const std::string welcome = alice->Texts().front();
  EXPECT_EQ(JsonField(welcome, "type"), "\"welcome\"");
  EXPECT_THAT(welcome, HasSubstr("\"offset\":5,"));
  EXPECT_THAT(welcome, HasSubstr("\"recovered\":true"));
  EXPECT_THAT(Offsets(alice), ElementsAre("3", "4", "5", "6"));
}

TEST_P(HubHistoryTest, WithoutAPositionNothingIsReplayed) {
  PublishSome(3);
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}, .welcome = true});
  EXPECT_THAT(alice->Texts(), ElementsAre(Not(HasSubstr("recovered"))));
}

TEST_P(HubHistoryTest, WhatIsNotKeptAnyMoreIsToldAndNothingIsReplayed) {
  const RoomPosition at = PublishSome(1);
  PublishSome(11);
  const auto alice = Return("alice", at);
  EXPECT_THAT(alice->Texts(), ElementsAre(HasSubstr("\"recovered\":false")));
}

TEST_P(HubHistoryTest, ThePositionJustBeforeTheOldestIsRecovered) {
  const RoomPosition at = PublishSome(1);
  PublishSome(10);
  EXPECT_EQ(Offsets(Return("alice", at)).size(), 10U);
}

TEST_P(HubHistoryTest, AnotherEpochOrAnOffsetThatIsNotYetIsNotRecovered) {
  const RoomPosition at = PublishSome(3);
  EXPECT_THAT(Return("a", {at.epoch + 1, at.offset})->Texts(),
              ElementsAre(HasSubstr("\"recovered\":false")));
  EXPECT_THAT(Return("b", {at.epoch, at.offset + 1})->Texts(),
              ElementsAre(HasSubstr("\"recovered\":false")));
}

TEST_P(HubHistoryTest, WhoHasAllIsRecoveredEvenWhereNothingIsKept) {
  const std::string plain = rig.RoomAt(0);
  const auto alice = rig.Connect({.user = "alice", .rooms = {plain}});
  const RoomPosition at = rig.Publish(plain, "1").position;
  EXPECT_THAT(rig.Connect({.user = "bob", .rooms = {plain}, .since = at})->Texts(),
              ElementsAre(HasSubstr("\"recovered\":true")));
  rig.Publish(plain, "2");
  rig.Settle();
  EXPECT_THAT(rig.Connect({.user = "eve", .rooms = {plain}, .since = at})->Texts(),
              ElementsAre(HasSubstr("\"recovered\":false")));
}

TEST_P(HubHistoryTest, AJoinRecoversLikeAConnect) {
  const RoomPosition at = PublishSome(1);
  PublishSome(2);
  const auto alice = rig.Connect({.user = "alice"});
  rig.Say(alice, R"({"type":"join","room":")" + room + R"(","since":{"epoch":")" +
                     FormatEpoch(at.epoch) + R"(","offset":1}})");
  ASSERT_EQ(alice->Texts().size(), 3U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "recovered"), "true");
  EXPECT_EQ(JsonField(alice->Texts()[0], "offset"), "3");
  EXPECT_THAT(Offsets(alice), ElementsAre("2", "3"));
}

TEST_P(HubHistoryTest, APositionThatIsNoneIsAnErrorOfTheJoin) {
  const auto alice = rig.Connect({.user = "alice"});
  for (const char* since : {"7", "{}", R"({"epoch":"ff","offset":1})", R"("x:1")", "[]",
                            R"({"epoch":"00000000000000ff"})"}) {
    rig.Say(alice, R"({"type":"join","room":")" + room + R"(","since":)" + since + "}");
    EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"bad_request\"") << since;
  }
  EXPECT_FALSE(rig.IsMember(alice, room));
}

TEST_P(HubHistoryTest, ARoomThatEverybodyLeftKeepsItsPositionUntilItsTimeIsOver) {
  auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  const RoomPosition at = PublishSome(1);
  rig.Lose(alice);
  rig.Settle();
  rig.Publish(room, "\"while nobody was there\"");
  rig.Settle();
  rig.Advance(299'000);
  EXPECT_THAT(Offsets(Return("alice", at)), ElementsAre("2"));
}

TEST_P(HubHistoryTest, ARoomWhoseTimeIsOverIsForgotten) {
  const RoomPosition at = PublishSome(1);
  rig.Advance(302'000);
  kOnShard.AssertHeld();
  EXPECT_EQ(rig.hub(static_cast<ShardIndex>(GetParam() - 1)).home().Find(room), nullptr);
  EXPECT_THAT(Return("alice", at)->Texts(), ElementsAre(HasSubstr("\"recovered\":false")));
}

TEST_P(HubHistoryTest, ReplayHonoursWhoWasExcluded) {
  const RoomPosition at = PublishSome(1);
  rig.Publish(room, "2", {.exclusions = {.users = {UserId("alice")}}});
  rig.Publish(room, "3");
  EXPECT_THAT(Offsets(Return("alice", at)), ElementsAre("3"));
  EXPECT_THAT(Offsets(Return("bob", at)), ElementsAre("2", "3"));
}

TEST_P(HubHistoryTest, WhatWasToBeKeptForLessIsNotReplayedLater) {
  const RoomPosition at = PublishSome(1);
  rig.Publish(room, "2", {.keep_millis = 5000});
  rig.Publish(room, "3");
  EXPECT_THAT(Offsets(Return("alice", at)), ElementsAre("2", "3"));
  rig.Advance(5100);
  const auto bob = Return("bob", at);
  EXPECT_THAT(Offsets(bob), ElementsAre("3"));
  EXPECT_THAT(bob->Texts().front(), HasSubstr("\"recovered\":true"));
}

TEST_P(HubHistoryTest, AnIdempotencyKeyPublishesOnce) {
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  const PublishOutcome first = rig.Publish(room, "1", {.idempotency_key = "k"});
  rig.Publish(room, "2");
  const PublishOutcome again = rig.Publish(room, "1", {.idempotency_key = "k"});
  rig.Settle();
  EXPECT_FALSE(first.suppressed);
  EXPECT_TRUE(again.suppressed);
  EXPECT_EQ(again.position, first.position);
  EXPECT_THAT(Offsets(alice), ElementsAre("1", "2"));
  rig.Advance(kIdempotencyMillis);
  EXPECT_FALSE(rig.Publish(room, "1", {.idempotency_key = "k"}).suppressed);
}

TEST_P(HubHistoryTest, AKeyIsRememberedInARoomThatNobodyIsIn) {
  const std::string plain = rig.RoomAt(0);
  EXPECT_FALSE(rig.Publish(plain, "1", {.idempotency_key = "k"}).suppressed);
  const auto alice = rig.Connect({.user = "alice", .rooms = {plain}});
  EXPECT_TRUE(rig.Publish(plain, "1", {.idempotency_key = "k"}).suppressed);
  rig.Settle();
  EXPECT_THAT(alice->Texts(), IsEmpty());
}

TEST_P(HubHistoryTest, AVersionThatIsLateIsNotPublished) {
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  rig.Publish(room, "10", {.version = 10});
  const PublishOutcome late = rig.Publish(room, "9", {.version = 9});
  rig.Publish(room, "11", {.version = 11});
  rig.Settle();
  EXPECT_TRUE(late.suppressed);
  EXPECT_EQ(late.position.offset, 1U);
  EXPECT_THAT(Offsets(alice), ElementsAre("1", "2"));
}

TEST_P(HubHistoryTest, LastValueIsSentToWhoeverJoinsAndHasItNotYet) {
  const std::string cache = rig.RoomAt(0, "cache:");
  const auto none = rig.Connect({.user = "none", .rooms = {cache}});
  EXPECT_THAT(none->Texts(), IsEmpty());
  rig.Publish(cache, "1");
  const RoomPosition at = rig.Publish(cache, "2").position;
  rig.Settle();
  EXPECT_THAT(Offsets(rig.Connect({.user = "a", .rooms = {cache}})), ElementsAre("2"));
  const auto has_all = rig.Connect({.user = "b", .rooms = {cache}, .since = at});
  EXPECT_THAT(Offsets(has_all), ElementsAre());
  EXPECT_THAT(has_all->Texts().front(), HasSubstr("\"recovered\":true"));
  const auto missed_it =
      rig.Connect({.user = "c", .rooms = {cache}, .since = RoomPosition{at.epoch, 1}});
  EXPECT_THAT(Offsets(missed_it), ElementsAre("2"));
  EXPECT_THAT(missed_it->Texts().front(), HasSubstr("\"recovered\":true"));
  // It gets the last value, and is told that there was more.
  const auto missed_more =
      rig.Connect({.user = "d", .rooms = {cache}, .since = RoomPosition{at.epoch, 0}});
  EXPECT_THAT(Offsets(missed_more), ElementsAre("2"));
  EXPECT_THAT(missed_more->Texts().front(), HasSubstr("\"recovered\":false"));
}

TEST_P(HubHistoryTest, WhereRecoveryIsForcedEverybodyIsToldHisPosition) {
  const auto alice = rig.Connect({.user = "alice", .rooms = {rig.RoomAt(0, "forced:")}});
  ASSERT_EQ(alice->Texts().size(), 1U);
  EXPECT_EQ(JsonField(alice->Texts()[0], "type"), "\"welcome\"");
}

TEST_P(HubHistoryTest, AClientReadsHistoryInBothDirectionsAndPages) {
  PublishSome(5);
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  const auto ask = [&](const std::string& members) {
    rig.Say(alice, R"({"type":"history","id":1)" + members + "}");
    return alice->Texts().back();
  };
  const std::string all = ask("");
  EXPECT_EQ(JsonField(all, "offset"), "5");
  EXPECT_THAT(all, HasSubstr(R"("publications":[{"content":0,)"));
  EXPECT_EQ(JsonField(all, "more"), "");
  const std::string two = ask(R"(,"limit":2,"reverse":true)");
  EXPECT_THAT(two, HasSubstr(R"("publications":[{"content":4,)"));
  EXPECT_EQ(JsonField(two, "more"), "true");
  const std::string epoch = JsonField(all, "epoch");
  const std::string rest = ask(R"(,"reverse":true,"since":{"epoch":)" + epoch + R"(,"offset":2})");
  EXPECT_THAT(rest, HasSubstr(R"("publications":[{"content":0,)"));
  const std::string behind = ask(R"(,"since":{"epoch":)" + epoch + R"(,"offset":4})");
  EXPECT_THAT(behind, HasSubstr(R"("publications":[{"content":4,)"));
  EXPECT_EQ(JsonField(ask(R"(,"since":{"epoch":"00000000000000aa","offset":4})"), "code"),
            "\"position_lost\"");
}

TEST_P(HubHistoryTest, HistoryIsForThoseWhoMayReadIt) {
  const auto alice = rig.Connect({.user = "alice"});
  rig.Say(alice, R"({"type":"history","room":")" + room + R"("})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"permission_denied\"");
  const std::string open = rig.RoomAt(0, "open:");
  rig.Publish(open, "1");
  rig.Say(alice, R"({"type":"history","room":")" + open + R"("})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "type"), "\"history\"");
}

TEST_P(HubHistoryTest, AReplayIsNotHeldAgainstTheClient) {
  HubSettings settings;
  settings.outbound = {.max_bytes = 1 << 20, .max_frames = 16};
  HubRig narrow(GetParam(), settings);
  const std::string log = narrow.RoomAt(static_cast<ShardIndex>(GetParam() - 1), "log:");
  const RoomPosition at = narrow.Publish(log, "0").position;
  for (int i = 0; i < 10; ++i) narrow.Publish(log, "1");
  auto alice = narrow.Admit({.user = "alice", .rooms = {log}, .since = at});
  alice->writable = 0;
  narrow.Settle();
  for (int i = 0; i < 10; ++i) narrow.Publish(log, "2");
  narrow.Settle();
  EXPECT_EQ(alice->CloseCode(), 0);
  // Beside it the bound is as it was: welcome, opening and ten of the replay are in the queue.
  for (int i = 0; i < 10; ++i) narrow.Publish(log, "3");
  narrow.Settle();
  EXPECT_FALSE(alice->session->live());
}

TEST_P(HubHistoryTest, JoinsInARowDoNotFillTheQueueWithoutEnd) {
  const RoomPosition first = rig.Publish(room, "\"" + std::string(60'000, 'x') + "\"").position;
  for (int i = 0; i < 9; ++i) rig.Publish(room, "\"" + std::string(60'000, 'x') + "\"");
  auto alice = rig.Admit({.user = "alice"});
  rig.Settle();
  alice->writable = 0;
  const std::string join = R"({"type":"join","room":")" + room + R"(","since":{"epoch":")" +
                           FormatEpoch(first.epoch) + R"(","offset":0}})";
  const std::string leave = R"({"type":"leave","room":")" + room + R"("})";
  for (int i = 0; i < 200; ++i) {
    rig.Say(alice, join);
    if (!alice->session->live()) break;
    rig.Say(alice, leave);
    rig.Advance(200);
  }
  EXPECT_LE(alice->session->outbound.bytes(), MemberSide::kMostReplayBytes + (2U << 20));
}

TEST_P(HubHistoryTest, WhatExcludedAUserIsNotInTheHistoryItReads) {
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  rig.Publish(room, "1", {.exclusions = {.users = {UserId("alice")}}});
  rig.Publish(room, "2");
  rig.Settle();
  rig.Say(alice, R"({"type":"history","id":1})");
  EXPECT_THAT(alice->Texts().back(), HasSubstr(R"("publications":[{"content":2,)"));
}

TEST_P(HubHistoryTest, WhoIsBannedFromARoomDoesNotReadItFromOutside) {
  const std::string open = rig.RoomAt(0, "open:");
  rig.Publish(open, "1");
  const auto eve = rig.Connect({.user = "eve"});
  ASSERT_TRUE(rig.bans().Add({.user = UserId("eve"), .room = RoomName(open)}, 1).ok());
  for (const char* type : {"history", "presence"}) {
    rig.Say(eve, std::string(R"({"type":")") + type + R"(","room":")" + open + R"("})");
    EXPECT_EQ(JsonField(eve->Texts().back(), "type"), "\"error\"") << type;
  }
}

TEST_P(HubHistoryTest, WhatNobodyGotIsNotTakenForNothingInARoomThatRemembersKeys) {
  const std::string plain = rig.RoomAt(0);
  auto alice = rig.Connect({.user = "alice", .rooms = {plain}});
  const RoomPosition at = rig.Publish(plain, "1", {.idempotency_key = "k"}).position;
  rig.Settle();
  rig.Lose(alice);
  rig.Settle();
  rig.Publish(plain, "2");
  const auto back = rig.Connect({.user = "alice", .rooms = {plain}, .since = at});
  EXPECT_THAT(back->Texts(), ElementsAre(HasSubstr("\"recovered\":false")));
}

TEST_P(HubHistoryTest, RemovedHistoryIsNotRecovered) {
  const RoomPosition at = PublishSome(2);
  PublishSome(2);
  kOnShard.AssertHeld();
  HomeSide& home = rig.hub(static_cast<ShardIndex>(GetParam() - 1)).home();
  EXPECT_TRUE(home.RemoveHistory(room));
  EXPECT_FALSE(home.RemoveHistory(room));
  EXPECT_THAT(Return("alice", at)->Texts(), ElementsAre(HasSubstr("\"recovered\":false")));
  rig.Publish(room, "9");
  rig.Settle();
  EXPECT_THAT(Offsets(Return("bob", {at.epoch, 4})), ElementsAre("5"));
}

TEST(HubRightsTest, NamespacesSayWhoMayJoinAndPublish) {
  HubRig rig;
  const auto bob = rig.Connect({.user = "bob", .join = {}, .publish = {}});
  const auto join = [&](const std::string& room) {
    rig.Say(bob, R"({"type":"join","room":")" + room + R"("})");
    return JsonField(bob->Texts().back(), "type") == "\"join\"";
  };
  EXPECT_TRUE(join("open:1"));
  EXPECT_TRUE(join("user:#bob"));
  EXPECT_FALSE(join("user:#alice"));
  EXPECT_FALSE(join("private:1"));
  EXPECT_FALSE(join("chat:1"));
  rig.Say(bob, R"({"content":1,"room":"open:1"})");
  EXPECT_EQ(JsonField(bob->Texts().back(), "content"), "1");
  rig.Say(bob, R"({"content":1,"room":"user:#bob"})");
  EXPECT_EQ(JsonField(bob->Texts().back(), "code"), "\"permission_denied\"");
}

TEST(HubRightsTest, APersonalRoomIsNobodyElsesWhateverTheTokenSays) {
  HubRig rig;
  const auto eve = rig.Connect({.user = "eve", .join = {"*"}});
  rig.Say(eve, R"({"type":"join","room":"user:#alice"})");
  EXPECT_EQ(JsonField(eve->Texts().back(), "code"), "\"permission_denied\"");
}

TEST(HubRightsTest, WithoutEchoTheSenderGetsItsAckOnly) {
  HubRig rig;
  const auto alice = rig.Connect({.user = "alice", .rooms = {"silent:1"}});
  const auto tab = rig.Connect({.user = "alice", .rooms = {"silent:1"}});
  rig.Say(alice, R"({"content":1,"id":7})");
  EXPECT_THAT(alice->Texts(), ElementsAre(HasSubstr("\"ack\"")));
  EXPECT_THAT(tab->Texts(), ElementsAre(HasSubstr("\"content\":1")));
}

}  // namespace
}  // namespace edge
