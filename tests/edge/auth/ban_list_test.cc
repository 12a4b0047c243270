#include "edge/auth/ban_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const UserId kAlice("alice");
const UserId kBob("bob");
const RoomName kRoom("chat:1");
const RoomName kOther("chat:2");

Ban Everywhere(const UserId& user, int64_t until = 0) {
  return {.user = user, .until_unix_millis = until, .reason = "spam"};
}
Ban InRoom(const UserId& user, const RoomName& room, int64_t until = 0) {
  return {.user = user, .room = room, .until_unix_millis = until};
}

std::vector<std::string> Names(const std::vector<Ban>& bans) {
  std::vector<std::string> names;
  for (const Ban& ban : bans)
    names.push_back(ban.user.str() + "@" + (ban.room ? ban.room->str() : "*"));
  return names;
}

TEST(BanListTest, IsEmptyAtFirst) {
  const BanList bans;
  EXPECT_FALSE(bans.Find(kAlice, 0).has_value());
  EXPECT_FALSE(bans.FindInRoom(kAlice, kRoom, 0).has_value());
  EXPECT_THAT(bans.List(UserId(), "", 10, 0), IsEmpty());
}

TEST(BanListTest, BanFromEverywhereHoldsInEveryRoom) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice), 0).ok());
  ASSERT_TRUE(bans.Find(kAlice, 5).has_value());
  EXPECT_EQ(bans.Find(kAlice, 5)->reason, "spam");
  EXPECT_TRUE(bans.FindInRoom(kAlice, kRoom, 5).has_value());
  EXPECT_FALSE(bans.Find(kBob, 5).has_value());
  EXPECT_FALSE(bans.FindInRoom(kBob, kRoom, 5).has_value());
}

TEST(BanListTest, BanFromARoomHoldsInThatRoomOnly) {
  BanList bans;
  ASSERT_TRUE(bans.Add(InRoom(kAlice, kRoom), 0).ok());
  EXPECT_FALSE(bans.Find(kAlice, 0).has_value());
  EXPECT_TRUE(bans.FindInRoom(kAlice, kRoom, 0).has_value());
  EXPECT_FALSE(bans.FindInRoom(kAlice, kOther, 0).has_value());
}

TEST(BanListTest, EndsAtItsTimeExactly) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice, 1000), 0).ok());
  ASSERT_TRUE(bans.Add(InRoom(kBob, kRoom, 1000), 0).ok());
  EXPECT_TRUE(bans.Find(kAlice, 999).has_value());
  EXPECT_FALSE(bans.Find(kAlice, 1000).has_value());
  EXPECT_TRUE(bans.FindInRoom(kBob, kRoom, 999).has_value());
  EXPECT_FALSE(bans.FindInRoom(kBob, kRoom, 1000).has_value());
  EXPECT_THAT(bans.List(UserId(), "", 10, 1000), IsEmpty());
}

TEST(BanListTest, AnExpiredBanFromEverywhereDoesNotHideTheRoomsOwn) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice, 10), 0).ok());
  ASSERT_TRUE(bans.Add(InRoom(kAlice, kRoom), 0).ok());
  EXPECT_TRUE(bans.FindInRoom(kAlice, kRoom, 20).has_value());
}

TEST(BanListTest, ASecondBanReplacesTheFirst) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice, 1000), 0).ok());
  ASSERT_TRUE(bans.Add(Everywhere(kAlice, 50), 0).ok());
  EXPECT_FALSE(bans.Find(kAlice, 60).has_value());
  ASSERT_TRUE(bans.Add(Everywhere(kAlice, 0), 60).ok());
  EXPECT_TRUE(bans.Find(kAlice, 1LL << 60).has_value());
}

TEST(BanListTest, RemoveSaysWhetherOneWasInForce) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice), 0).ok());
  ASSERT_TRUE(bans.Add(InRoom(kAlice, kRoom, 100), 0).ok());
  EXPECT_FALSE(bans.Remove(kAlice, kOther, 0));
  EXPECT_FALSE(bans.Remove(kBob, std::nullopt, 0));
  EXPECT_FALSE(bans.Remove(kAlice, kRoom, 100));  // it had ended
  EXPECT_TRUE(bans.Remove(kAlice, std::nullopt, 0));
  EXPECT_FALSE(bans.Remove(kAlice, std::nullopt, 0));
  EXPECT_FALSE(bans.Find(kAlice, 0).has_value());
}

TEST(BanListTest, ListsByUserAndRoomTheBanFromEverywhereFirst) {
  BanList bans;
  for (const Ban& ban : {InRoom(kBob, kRoom), InRoom(kAlice, kOther), Everywhere(kAlice),
                         InRoom(kAlice, kRoom), InRoom(UserId("carl"), kRoom, 5)}) {
    ASSERT_TRUE(bans.Add(ban, 0).ok());
  }
  EXPECT_THAT(Names(bans.List(UserId(), "", 10, 5)),
              ElementsAre("alice@*", "alice@chat:1", "alice@chat:2", "bob@chat:1"));
}

TEST(BanListTest, PagesGoOnAfterAPositionWhoeverWasRemoved) {
  BanList bans;
  for (const char* user : {"a", "b", "c", "d", "e"})
    ASSERT_TRUE(bans.Add(Everywhere(UserId(user)), 0).ok());
  EXPECT_THAT(Names(bans.List(UserId(), "", 2, 0)), ElementsAre("a@*", "b@*"));
  bans.Remove(UserId("b"), std::nullopt, 0);
  ASSERT_TRUE(bans.Add(Everywhere(UserId("aa")), 0).ok());
  EXPECT_THAT(Names(bans.List(UserId("b"), "", 2, 0)), ElementsAre("c@*", "d@*"));
  EXPECT_THAT(Names(bans.List(UserId("d"), "", 2, 0)), ElementsAre("e@*"));
  EXPECT_THAT(Names(bans.List(UserId("e"), "", 2, 0)), IsEmpty());
}

TEST(BanListTest, PagesWithinOneUser) {
  BanList bans;
  ASSERT_TRUE(bans.Add(Everywhere(kAlice), 0).ok());
  ASSERT_TRUE(bans.Add(InRoom(kAlice, kRoom), 0).ok());
  ASSERT_TRUE(bans.Add(InRoom(kAlice, kOther), 0).ok());
  EXPECT_THAT(Names(bans.List(kAlice, "", 1, 0)), ElementsAre("alice@chat:1"));
  EXPECT_THAT(Names(bans.List(kAlice, "chat:1", 1, 0)), ElementsAre("alice@chat:2"));
}

class FullBanListTest : public testing::Test {
 protected:
  FullBanListTest() {
    for (size_t i = 0; i < BanList::kMaxBans; ++i) {
      const absl::Status added =
          bans_.Add(Everywhere(UserId(std::to_string(i)), i == 7 ? 100 : 0), 0);
      if (!added.ok()) ADD_FAILURE() << added;
    }
  }
  BanList bans_;
};

TEST_F(FullBanListTest, RefusesOneMore) {
  EXPECT_EQ(bans_.Add(Everywhere(kAlice), 0).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(bans_.Find(kAlice, 0).has_value());
}

TEST_F(FullBanListTest, StillReplaces) {
  EXPECT_TRUE(bans_.Add(Everywhere(UserId("5"), 50), 0).ok());
  EXPECT_FALSE(bans_.Find(UserId("5"), 50).has_value());
}

TEST_F(FullBanListTest, SweepsWhatHasEnded) {
  EXPECT_TRUE(bans_.Add(Everywhere(kAlice), 100).ok());
  EXPECT_TRUE(bans_.Find(kAlice, 100).has_value());
  EXPECT_TRUE(bans_.Find(UserId("6"), 100).has_value());
  EXPECT_FALSE(bans_.Add(Everywhere(kBob), 100).ok());
}

}  // namespace
}  // namespace edge
