// RoomTable against the simplest thing that could be it.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "edge/base/random.h"
#include "edge/room/room_table.h"

namespace edge {
namespace {

// What a room table is: pairs.
class NaiveRooms {
 public:
  bool Join(const std::string& room, uint32_t slot) { return rooms_[room].insert(slot).second; }
  bool Leave(const std::string& room, uint32_t slot) {
    const bool left = rooms_.contains(room) && rooms_[room].erase(slot) > 0;
    if (rooms_.contains(room) && rooms_[room].empty()) rooms_.erase(room);
    return left;
  }
  std::set<std::string> RoomsOf(uint32_t slot) const {
    std::set<std::string> rooms;
    for (const auto& [room, slots] : rooms_) {
      if (slots.contains(slot)) rooms.insert(room);
    }
    return rooms;
  }
  const std::map<std::string, std::set<uint32_t>>& all() const { return rooms_; }

 private:
  std::map<std::string, std::set<uint32_t>> rooms_;
};

class RoomTablePropertyTest : public testing::TestWithParam<uint64_t> {
 protected:
  static constexpr uint32_t kSlots = 24;
  static constexpr uint32_t kRooms = 12;

  std::string AnyRoom() { return "room:" + std::to_string(random_.Below(kRooms)); }
  uint32_t AnySlot() { return static_cast<uint32_t>(random_.Below(kSlots)); }

  void LeaveAll(uint32_t slot) {
    const std::set<std::string> expected = model_.RoomsOf(slot);
    std::set<std::string> left;
    table_.LeaveAll(slot, [&](const RoomName& room) { left.insert(room.str()); });
    ASSERT_EQ(left, expected);
    for (const std::string& room : expected) model_.Leave(room, slot);
  }

  void Step() {
    const uint64_t what = random_.Below(100);
    if (what == 0) return LeaveAll(AnySlot());
    const std::string room = AnyRoom();
    const uint32_t slot = AnySlot();
    if (what < join_percent_) {
      ASSERT_EQ(table_.Join(room, slot).ok(), model_.Join(room, slot));
    } else {
      ASSERT_EQ(table_.Leave(room, slot), model_.Leave(room, slot));
    }
  }

  void ExpectSame() {
    std::map<std::string, std::set<uint32_t>> all;
    table_.ForEachRoom([&](const RoomTable::Room& room) {
      const auto members = table_.members(room);
      std::set<uint32_t>& slots = all[room.name().str()];
      slots.insert(members.begin(), members.end());
      ASSERT_EQ(slots.size(), members.size()) << "a member twice";
      ASSERT_EQ(table_.Find(room.name().view()), &room);
    });
    ASSERT_EQ(all, model_.all());
    ASSERT_EQ(table_.room_count(), model_.all().size());
    for (uint32_t slot = 0; slot < kSlots; ++slot) {
      std::set<std::string> rooms;
      table_.ForEachRoomOf(slot, [&](const RoomName& room) { rooms.insert(room.str()); });
      ASSERT_EQ(rooms, model_.RoomsOf(slot));
      ASSERT_EQ(table_.RoomCountOf(slot), rooms.size());
    }
  }

  FastRandom random_{GetParam()};
  uint64_t join_percent_ = 50;
  RoomTable table_;
  NaiveRooms model_;
};

TEST_P(RoomTablePropertyTest, IsTheSameAsAMapOfSets) {
  for (int i = 0; i < 8000 && !HasFatalFailure(); ++i) {
    join_percent_ = i / 500 % 2 == 0 ? 70 : 30;  // fills up, then empties
    Step();
    if (i % 10 == 0) ExpectSame();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoomTablePropertyTest, testing::Values(1, 2, 3, 4, 5));

TEST(RoomTableStormTest, ARoomThatWasLargeHoldsWhoStayed) {
  RoomTable table;
  constexpr uint32_t kMany = 5000;
  for (uint32_t slot = 0; slot < kMany; ++slot) ASSERT_TRUE(table.Join("storm", slot).ok());
  FastRandom random(9);
  std::set<uint32_t> in;
  for (uint32_t slot = 0; slot < kMany; ++slot) in.insert(slot);
  while (in.size() > 3) {
    const auto slot = static_cast<uint32_t>(random.Below(kMany));
    ASSERT_EQ(table.Leave("storm", slot), in.erase(slot) > 0);
  }
  const auto members = table.members(*table.Find("storm"));
  EXPECT_EQ(std::set<uint32_t>(members.begin(), members.end()), in);
  ASSERT_TRUE(table.Join("storm", kMany).ok());
  EXPECT_EQ(table.members(*table.Find("storm")).size(), 4U);
}

}  // namespace
}  // namespace edge
