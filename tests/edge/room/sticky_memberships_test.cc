#include "edge/room/sticky_memberships.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StickyMembershipsTest : public testing::Test {
 protected:
  void Add(const char* user, const char* room, int64_t until = 100) {
    ASSERT_TRUE(list.Add({UserId(user), RoomName(room), until}, 1).ok());
  }
  std::vector<std::string> List(const char* user = "", const char* room = "", const char* only = "",
                                size_t limit = 10) {
    std::vector<std::string> names;
    for (const auto& each : list.List(UserId(user), RoomName(room), UserId(only), limit, 50)) {
      names.push_back(each.user.str() + "/" + each.room.str());
    }
    return names;
  }
  StickyMemberships list;
};

TEST_F(StickyMembershipsTest, IsThereUntilItsTime) {
  Add("alice", "a", 100);
  EXPECT_TRUE(list.Has(UserId("alice"), "a", 99));
  EXPECT_FALSE(list.Has(UserId("alice"), "a", 100));
  EXPECT_FALSE(list.Has(UserId("alice"), "b", 1));
  EXPECT_FALSE(list.Has(UserId("bob"), "a", 1));
}

TEST_F(StickyMembershipsTest, TheLastTimeCounts) {
  Add("alice", "a", 100);
  Add("alice", "a", 200);
  EXPECT_TRUE(list.Has(UserId("alice"), "a", 150));
}

TEST_F(StickyMembershipsTest, RoomsOfAUserAreItsOwnAndInForce) {
  Add("alice", "b");
  Add("alice", "a");
  Add("alice", "over", 50);
  Add("alicia", "c");
  EXPECT_THAT(list.RoomsOf(UserId("alice"), 50), ElementsAre(RoomName("a"), RoomName("b")));
  EXPECT_THAT(list.RoomsOf(UserId("al"), 50), IsEmpty());
}

TEST_F(StickyMembershipsTest, WhatIsRemovedIsGone) {
  Add("alice", "a");
  EXPECT_TRUE(list.Remove(UserId("alice"), RoomName("a"), 50));
  EXPECT_FALSE(list.Remove(UserId("alice"), RoomName("a"), 50));
  EXPECT_FALSE(list.Has(UserId("alice"), "a", 50));
}

TEST_F(StickyMembershipsTest, AListIsPaged) {
  Add("alice", "a");
  Add("alice", "b");
  Add("bob", "a");
  Add("bob", "over", 50);
  EXPECT_THAT(List(), ElementsAre("alice/a", "alice/b", "bob/a"));
  EXPECT_THAT(List("alice", "a"), ElementsAre("alice/b", "bob/a"));
  EXPECT_THAT(List("", "", "bob"), ElementsAre("bob/a"));
  EXPECT_THAT(List("alice", "a", "alice"), ElementsAre("alice/b"));
  EXPECT_THAT(List("", "", "", 1), ElementsAre("alice/a"));
}

}  // namespace
}  // namespace edge
