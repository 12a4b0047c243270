// Who is in the room, who comes and goes, and what a refreshed token changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "edge/base/text.h"
#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> UsersIn(std::string_view answer) {
  std::vector<std::string> users;
  constexpr std::string_view kBegin = "{\"user\":\"";
  for (size_t at = answer.find(kBegin); at != std::string_view::npos;
       at = answer.find(kBegin, at)) {
    at += kBegin.size();
    users.emplace_back(answer.substr(at, answer.find('"', at) - at));
  }
  return users;
}

std::string Refresh(const std::string& user, const std::vector<std::string>& join, int64_t now,
                    const std::string& info = "") {
  return R"({"type":"refresh","id":1,"token":")" +
         MintTestToken(
             {.user = user, .join = join, .publish = join, .info = info, .issued_at_millis = now}) +
         "\"}";
}

TEST(HubPresenceTest, AnswerNamesUsersConnectionsAndInfo) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1);
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}, .info = R"({"name":"A"})"}, 0);
  rig.Connect({.user = "bob", .rooms = {room}}, 1);
  rig.Connect({.user = "bob", .rooms = {room}}, 0);
  rig.Say(alice, R"({"type":"presence","id":"p"})");
  const std::string answer = alice->Texts().back();
  EXPECT_EQ(JsonField(answer, "type"), "\"presence\"");
  EXPECT_EQ(JsonField(answer, "id"), "\"p\"");
  EXPECT_EQ(JsonField(answer, "user_count"), "2");
  EXPECT_EQ(JsonField(answer, "connection_count"), "3");
  EXPECT_EQ(
      JsonField(answer, "users"),
      R"([{"user":"alice","connections":1,"info":{"name":"A"}},{"user":"bob","connections":2}])");
  EXPECT_EQ(JsonField(answer, "next"), "");
}

TEST(HubPresenceTest, IsForMembersWhereTheNamespaceAllowsIt) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"dark:1"}});
  rig.Say(alice, R"({"type":"presence"})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"permission_denied\"");
  rig.Say(alice, R"({"type":"presence","room":"elsewhere"})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"not_joined\"");
}

TEST(HubPresenceTest, LargeRoomIsAnsweredInPagesThatCoverItOnce) {
  HubRig rig;
  const auto asker = rig.Connect({.user = "asker", .rooms = {"chat"}});
  const std::string info = "\"" + std::string(200, 'i') + "\"";
  for (int i = 0; i < 900; ++i) {
    rig.Admit({.user = fmt::format("u{:04}", i), .rooms = {"chat"}, .info = info});
  }
  std::multiset<std::string> seen;
  std::string after;
  int pages = 0;
  do {
    rig.Say(asker, fmt::format(R"({{"type":"presence","after":"{}"}})", after));
    const std::string answer = asker->Texts().back();
    EXPECT_LE(answer.size(), 64U * 1024);
    for (const std::string& user : UsersIn(answer)) seen.insert(user);
    after = JsonField(answer, "next");
    if (!after.empty()) after = after.substr(1, after.size() - 2);
    ++pages;
  } while (!after.empty() && pages < 100);
  EXPECT_GT(pages, 2);
  EXPECT_EQ(seen.size(), 901U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 901U);
}

// A quotation mark is two bytes in the answer.
TEST(HubPresenceTest, PageOfNamesThatAreEscapedIsWithin64KiB) {
  HubRig rig;
  const auto asker = rig.Connect({.user = "asker", .rooms = {"chat"}});
  for (int i = 0; i < 500; ++i) {
    rig.Admit({.user = fmt::format("{:\"<251}{:04}", "", i), .rooms = {"chat"}});
  }
  rig.Say(asker, R"({"type":"presence"})");
  const std::string answer = asker->Texts().back();
  EXPECT_LE(answer.size(), 64U * 1024);
  EXPECT_GT(answer.size(), 56U * 1024);
  EXPECT_THAT(JsonField(answer, "next"), SizeIs(testing::Gt(500U)));
}

TEST(HubPresenceTest, MembersHearOfUsersNotOfEachConnection) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1, "events:");
  const auto alice = rig.Connect({.user = "alice", .rooms = {room}});
  const auto tab1 = rig.Connect({.user = "bob", .rooms = {room}, .info = "{\"n\":1}"}, 0);
  const auto tab2 = rig.Connect({.user = "bob", .rooms = {room}}, 1);
  rig.Lose(tab1);
  rig.Settle();
  rig.Lose(tab2);
  rig.Settle();
  const std::vector<std::string> texts = alice->Texts();
  ASSERT_THAT(texts, SizeIs(3));
  EXPECT_THAT(texts[0], HasSubstr(R"("type":"joined","room":")" + room + R"(","user":"alice")"));
  EXPECT_THAT(texts[1], HasSubstr(R"("user":"bob","info":{"n":1})"));
  EXPECT_EQ(JsonField(texts[2], "type"), "\"left\"");
  EXPECT_EQ(JsonField(texts[2], "user"), "\"bob\"");
}

TEST(HubPresenceTest, MembersHearNothingWhereTheNamespaceDoesNotSaySo) {
  HubRig rig;
  const auto alice = rig.Connect({.user = "alice", .rooms = {"chat"}});
  rig.Lose(rig.Connect({.user = "bob", .rooms = {"chat"}}));
  rig.Settle();
  EXPECT_THAT(alice->Texts(), IsEmpty());
}

TEST(HubRefreshTest, ShrunkenRightsTakeTheSessionOutOfRooms) {
  HubRig rig(2);
  const std::string keeps = rig.RoomAt(1, "keeps");
  const std::string loses = rig.RoomAt(1, "loses");
  const auto alice = rig.Connect({.rooms = {keeps, loses}});
  rig.Say(alice, Refresh("alice", {keeps}, rig.clock().UnixMillis()));
  EXPECT_TRUE(rig.IsMember(alice, keeps));
  EXPECT_FALSE(rig.IsMember(alice, loses));
  EXPECT_EQ(rig.Present(loses), 0U);
  ASSERT_THAT(alice->Texts(), SizeIs(2));
  EXPECT_EQ(JsonField(alice->Texts()[0], "type"), "\"removed\"");
  EXPECT_EQ(JsonField(alice->Texts()[0], "room"), "\"" + loses + "\"");
  EXPECT_EQ(JsonField(alice->Texts()[1], "type"), "\"refresh\"");
}

TEST(HubRefreshTest, RoomThatAServiceAddedIsKeptUntilTheSessionLeavesIt) {
  HubRig rig;
  kOnShard.AssertHeld();
  const auto alice = rig.Connect({.rooms = {"chat"}});
  alice->session->details->service_rooms.emplace_back("chat");
  rig.Say(alice, Refresh("alice", {"chat2"}, rig.clock().UnixMillis()));
  EXPECT_TRUE(rig.IsMember(alice, "chat"));
  rig.Say(alice, R"({"type":"leave","room":"chat"})");
  EXPECT_THAT(alice->session->details->service_rooms, IsEmpty());
}

TEST(HubRefreshTest, TokenOfAnotherUserOrABadOneChangesNothing) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"chat"}});
  rig.Say(alice, Refresh("mallory", {"nothing"}, rig.clock().UnixMillis()));
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"permission_denied\"");
  rig.Say(alice, R"({"type":"refresh","token":"a.b.c"})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"unauthenticated\"");
  EXPECT_TRUE(rig.IsMember(alice, "chat"));
}

TEST(HubRefreshTest, NewInfoIsSeenByWhoAsksForPresence) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(1);
  const auto alice = rig.Connect({.rooms = {room}, .info = "{\"v\":1}"});
  rig.Say(alice, Refresh("alice", {"*"}, rig.clock().UnixMillis(), "{\"v\":2}"));
  rig.Say(alice, R"({"type":"presence"})");
  EXPECT_THAT(alice->Texts().back(), HasSubstr(R"("info":{"v":2})"));
}

}  // namespace
}  // namespace edge
