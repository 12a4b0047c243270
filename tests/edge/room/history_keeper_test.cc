#include "edge/room/history_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

namespace edge {
namespace {

using testing::ElementsAre;

constexpr int64_t kAge = 60'000;

class HistoryKeeperTest : public testing::Test {
 protected:
  KeptRoom& Room(const std::string& name) {
    auto& room = rooms[name];
    if (room == nullptr) room = std::make_unique<KeptRoom>(RoomName(name), 100, kAge);
    return *room;
  }
  void Publish(const std::string& name, size_t bytes) {
    KeptRoom& room = Room(name);
    room.history.Append({.frame = Frame::Copy(std::string(bytes, 'x')), .unix_millis = now},
                        room.history_size);
    keeper.Touch(room, now, forget);
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, room] : rooms) names.push_back(name);
    return names;
  }

  int64_t now = 1'000'000;
  std::map<std::string, std::unique_ptr<KeptRoom>> rooms;
  std::set<std::string> occupied;
  HistoryKeeper keeper{12'000};
  std::function<bool(KeptRoom&)> forget = [this](KeptRoom& room) {
    const std::string name = room.name.str();
    if (occupied.contains(name)) return false;
    keeper.Remove(room);
    rooms.erase(name);
    return true;
  };
};

TEST_F(HistoryKeeperTest, TheLeastRecentlyUsedGivesWay) {
  Publish("a", 3000);
  Publish("b", 3000);
  keeper.Touch(Room("a"), now, forget);
  Publish("c", 3000);
  EXPECT_THAT(Names(), ElementsAre("a", "c"));
  EXPECT_EQ(keeper.gave_way(), 1U);
  EXPECT_LE(keeper.bytes(), 12'000U);
}

TEST_F(HistoryKeeperTest, OneWithMembersLosesItsHistoryAndGoesOn) {
  occupied.insert("a");
  Publish("a", 3000);
  Publish("b", 3000);
  Publish("c", 3000);
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(Room("a").history.empty());
  EXPECT_EQ(Room("a").history.last_offset(), 1U);
  Publish("a", 10);
  EXPECT_EQ(Room("a").history.last_offset(), 2U);
}

TEST_F(HistoryKeeperTest, ARoomThatIsTooLargeAloneKeepsItsNewest) {
  for (int i = 0; i < 5; ++i) Publish("a", 3000);
  EXPECT_LE(keeper.bytes(), 12'000U);
  EXPECT_EQ(Room("a").history.last_offset(), 5U);
  EXPECT_EQ(Room("a").history.size(), 1U);  // a room has half of it at most
}

TEST_F(HistoryKeeperTest, OneThatRemembersKeysLosesWhatItSaidFirst) {
  Publish("a", 3000);
  Room("a").ledger.Record({.idempotency_key = "k"}, {1, 1}, now);
  Publish("b", 3000);
  Publish("c", 3000);
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(Room("a").history.empty());
  EXPECT_TRUE(Room("a").ledger.FindEarlier({.idempotency_key = "k"}, now).has_value());
}

TEST_F(HistoryKeeperTest, ADemotedRoomGivesWayFirst) {
  Publish("a", 3000);
  keeper.Touch(Room("unused"), now, forget);
  keeper.Demote(Room("unused"));
  Publish("b", 3000);
  Publish("c", 1500);
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c"));
}

TEST_F(HistoryKeeperTest, ASweepDropsWhatIsOldAndThenForgetsTheRoom) {
  Publish("a", 100);
  now += kAge / 2;
  keeper.Touch(Room("a"), now, forget);
  now += kAge / 2;
  keeper.Sweep(now, forget);
  EXPECT_EQ(Room("a").history.size(), 1U);
  ++now;
  EXPECT_EQ(keeper.Sweep(now, forget), 1U);
  EXPECT_TRUE(Room("a").history.empty());
  now += kAge / 2;
  EXPECT_EQ(keeper.Sweep(now, forget), 0U);
  EXPECT_THAT(Names(), ElementsAre());
  EXPECT_EQ(keeper.bytes(), 0U);
}

TEST_F(HistoryKeeperTest, ASweepComesRoundToAll) {
  for (int i = 0; i < 2500; ++i) {
    keeper.Touch(Room(std::to_string(i)), now, [](KeptRoom&) { return false; });
  }
  now += 10 * kIdempotencyMillis;
  size_t sweeps = 0;
  while (keeper.Sweep(now, forget) > 0) ASSERT_LT(++sweeps, 10U);
  EXPECT_EQ(keeper.rooms(), 0U);
}

TEST_F(HistoryKeeperTest, WhatIsRemovedIsNotCounted) {
  Publish("a", 3000);
  Publish("b", 3000);
  const size_t both = keeper.bytes();
  keeper.Remove(Room("a"));
  rooms.erase("a");
  EXPECT_EQ(keeper.bytes(), both / 2);
  EXPECT_EQ(keeper.rooms(), 1U);
}

}  // namespace
}  // namespace edge
