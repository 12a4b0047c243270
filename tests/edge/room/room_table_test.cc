#include "edge/room/room_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<uint32_t> Members(const RoomTable& table, std::string_view room) {
  const RoomTable::Room* const found = table.Find(room);
  if (found == nullptr) return {};
  const auto members = table.members(*found);
  return {members.begin(), members.end()};
}

std::vector<std::string> RoomsOf(const RoomTable& table, uint32_t slot) {
  std::vector<std::string> rooms;
  table.ForEachRoomOf(slot, [&](const RoomName& room) { rooms.push_back(room.str()); });
  return rooms;
}

TEST(RoomTableTest, JoinMakesTheRoom) {
  RoomTable table;
  EXPECT_EQ(table.Find("a"), nullptr);
  ASSERT_TRUE(table.Join("a", 3).ok());
  ASSERT_NE(table.Find("a"), nullptr);
  EXPECT_EQ(table.Find("a")->name(), RoomName("a"));
  EXPECT_THAT(Members(table, "a"), ElementsAre(3));
  EXPECT_TRUE(table.Contains("a", 3));
  EXPECT_FALSE(table.Contains("a", 2));
  EXPECT_EQ(table.room_count(), 1U);
}

TEST(RoomTableTest, JoinRefusesAMemberAndChangesNothing) {
  RoomTable table;
  ASSERT_TRUE(table.Join("a", 3).ok());
  EXPECT_EQ(table.Join("a", 3).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Members(table, "a"), ElementsAre(3));
  EXPECT_EQ(table.RoomCountOf(3), 1U);
}

TEST(RoomTableTest, LeaveOfTheLastMemberEndsTheRoom) {
  RoomTable table;
  ASSERT_TRUE(table.Join("a", 3).ok());
  EXPECT_TRUE(table.Leave("a", 3));
  EXPECT_EQ(table.Find("a"), nullptr);
  EXPECT_EQ(table.room_count(), 0U);
  EXPECT_EQ(table.RoomCountOf(3), 0U);
}

TEST(RoomTableTest, LeaveSaysWhetherItWasIn) {
  RoomTable table;
  ASSERT_TRUE(table.Join("a", 3).ok());
  EXPECT_FALSE(table.Leave("b", 3));
  EXPECT_FALSE(table.Leave("a", 4));
  EXPECT_FALSE(table.Leave("a", 1000000));
  EXPECT_TRUE(table.Leave("a", 3));
  EXPECT_FALSE(table.Leave("a", 3));
}

TEST(RoomTableTest, LeaveFromTheMiddleKeepsTheOthers) {
  RoomTable table;
  for (const uint32_t slot : {0, 1, 2, 3}) ASSERT_TRUE(table.Join("a", slot).ok());
  EXPECT_TRUE(table.Leave("a", 1));
  EXPECT_THAT(Members(table, "a"), UnorderedElementsAre(0, 2, 3));
  EXPECT_TRUE(table.Leave("a", 3));  // took the place of 1
  EXPECT_THAT(Members(table, "a"), UnorderedElementsAre(0, 2));
}

TEST(RoomTableTest, LeaveMayBeGivenTheTablesOwnName) {
  RoomTable table;
  ASSERT_TRUE(table.Join("a", 3).ok());
  EXPECT_TRUE(table.Leave(table.Find("a")->name().view(), 3));
  EXPECT_EQ(table.room_count(), 0U);
}

TEST(RoomTableTest, LeaveAllTellsEachRoomAfterItWasLeft) {
  RoomTable table;
  for (const char* room : {"a", "b", "c"}) ASSERT_TRUE(table.Join(room, 3).ok());
  ASSERT_TRUE(table.Join("b", 4).ok());
  std::vector<std::string> left;
  table.LeaveAll(3, [&](const RoomName& room) {
    EXPECT_FALSE(table.Contains(room.view(), 3));
    left.push_back(room.str());
  });
  EXPECT_THAT(left, UnorderedElementsAre("a", "b", "c"));
  EXPECT_THAT(Members(table, "b"), ElementsAre(4));
  EXPECT_EQ(table.room_count(), 1U);
}

TEST(RoomTableTest, LeaveAllOfASessionInNoRoomTellsNothing) {
  RoomTable table;
  table.LeaveAll(7, [](const RoomName&) { ADD_FAILURE(); });
}

TEST(RoomTableTest, KnowsTheRoomsOfASession) {
  RoomTable table;
  ASSERT_TRUE(table.Join("a", 0).ok());
  ASSERT_TRUE(table.Join("b", 0).ok());
  ASSERT_TRUE(table.Join("b", 1).ok());
  EXPECT_THAT(RoomsOf(table, 0), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(RoomsOf(table, 1), ElementsAre("b"));
  EXPECT_THAT(RoomsOf(table, 2), IsEmpty());
  EXPECT_EQ(table.RoomCountOf(0), 2U);
  EXPECT_EQ(table.RoomCountOf(2), 0U);
}

TEST(RoomTableTest, VisitsEveryRoomOnce) {
  RoomTable table;
  for (const char* room : {"a", "b", "c"}) ASSERT_TRUE(table.Join(room, 1).ok());
  std::vector<std::string> rooms;
  table.ForEachRoom([&](const RoomTable::Room& room) { rooms.push_back(room.name().str()); });
  EXPECT_THAT(rooms, UnorderedElementsAre("a", "b", "c"));
}

TEST(RoomTableTest, ARoomStaysWhereItIsWhileOthersComeAndGo) {
  RoomTable table;
  ASSERT_TRUE(table.Join("stays", 0).ok());
  const RoomTable::Room* const room = table.Find("stays");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(table.Join(std::to_string(i), 1).ok());
  table.LeaveAll(1, [](const RoomName&) {});
  EXPECT_EQ(table.Find("stays"), room);
  EXPECT_THAT(Members(table, "stays"), ElementsAre(0));
}

}  // namespace
}  // namespace edge
