#include "edge/room/room_home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

std::vector<std::pair<int, int>> Shards(const RoomHome& home) {
  std::vector<std::pair<int, int>> shards;
  for (const RoomHome::Shard& shard : home.shards()) {
    shards.emplace_back(shard.shard, static_cast<int>(shard.members));
  }
  return shards;
}

TEST(RoomHomeTest, BeginsEmptyBeforeTheFirstPublication) {
  const RoomHome home(77);
  EXPECT_EQ(home.epoch(), 77U);
  EXPECT_EQ(home.offset(), 0U);
  EXPECT_TRUE(home.empty());
}

TEST(RoomHomeTest, OffsetsCountFromOne) {
  RoomHome home(1);
  EXPECT_EQ(home.TakeOffset(), 1U);
  EXPECT_EQ(home.TakeOffset(), 2U);
  EXPECT_EQ(home.offset(), 2U);
}

TEST(RoomHomeTest, KnowsWhichShardsHaveMembers) {
  RoomHome home(1);
  home.MemberJoined(3);
  home.MemberJoined(0);
  home.MemberJoined(3);
  EXPECT_THAT(Shards(home), UnorderedElementsAre(Pair(0, 1), Pair(3, 2)));
}

TEST(RoomHomeTest, ForgetsAShardWithItsLastMember) {
  RoomHome home(1);
  for (const ShardIndex shard : {0, 1, 2, 1}) home.MemberJoined(shard);
  home.MemberLeft(0);
  EXPECT_THAT(Shards(home), UnorderedElementsAre(Pair(1, 2), Pair(2, 1)));
  home.MemberLeft(1);
  EXPECT_THAT(Shards(home), UnorderedElementsAre(Pair(1, 1), Pair(2, 1)));
  home.MemberLeft(1);
  home.MemberLeft(2);
  EXPECT_TRUE(home.empty());
}

TEST(RoomHomeTest, LeavesDoNotMoveTheOffset) {
  RoomHome home(1);
  home.MemberJoined(0);
  home.TakeOffset();
  home.MemberLeft(0);
  EXPECT_EQ(home.offset(), 1U);
}

TEST(RoomHomeDeathTest, ALeaveWithoutAMemberIsImpossible) {
  RoomHome home(1);
  home.MemberJoined(0);
  EXPECT_DEATH(home.MemberLeft(1), "had none");
}

}  // namespace
}  // namespace edge
