// A large room does not keep small ones waiting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/hub_rig.h"

namespace edge {
namespace {

using testing::SizeIs;

constexpr size_t kLarge = 300;

class HubFairnessTest : public testing::Test {
 protected:
  HubFairnessTest() {
    for (size_t i = 0; i < kLarge; ++i)
      large_.push_back(rig_.Connect({.user = "u" + std::to_string(i), .rooms = {"large"}}));
    for (const char* user : {"alice", "bob"})
      small_.push_back(rig_.Connect({.user = user, .rooms = {"small-one"}}));
  }
  static size_t Got(const std::vector<HubRig::Connection>& room, size_t messages) {
    return static_cast<size_t>(std::ranges::count_if(
        room, [&](const auto& member) { return member->Texts().size() == messages; }));
  }

  HubRig rig_;
  std::vector<HubRig::Connection> large_;
  std::vector<HubRig::Connection> small_;
};

TEST_F(HubFairnessTest, SmallRoomIsWrittenInTheTurnThatALargeOneOnlyBegins) {
  rig_.Publish("large", "1");
  rig_.Publish("small-one", "2");
  rig_.Turn(0);
  EXPECT_EQ(Got(small_, 1), small_.size());
  const size_t first = Got(large_, 1);
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, kLarge);
  rig_.Settle();
  EXPECT_EQ(Got(large_, 1), kLarge);
}

TEST_F(HubFairnessTest, WhatComesWhileALargeRoomIsWrittenGoesOutWithIt) {
  rig_.Publish("large", "1");
  rig_.Turn(0);
  rig_.Publish("large", "2");
  rig_.Settle();
  EXPECT_EQ(Got(large_, 2), kLarge);
  // Those who were not written to in the first turn got both in one write.
  const auto once = std::ranges::count_if(large_, [](const auto& member) {
    return member->flushes == 2;  // one was the opening
  });
  EXPECT_GT(once, 0);
  EXPECT_LT(static_cast<size_t>(once), kLarge);
}

TEST_F(HubFairnessTest, MemberWhoLeavesBeforeItsTurnIsPassedOver) {
  rig_.Publish("large", "1");
  rig_.Turn(0);
  const auto last = std::ranges::find_if(large_, [](const auto& m) { return m->Texts().empty(); });
  ASSERT_NE(last, large_.end());
  rig_.Lose(*last);
  rig_.Settle();
  EXPECT_TRUE((*last)->destroyed);
  EXPECT_THAT((*last)->Texts(), SizeIs(0));
  EXPECT_EQ(Got(large_, 1), kLarge - 1);
}

}  // namespace
}  // namespace edge
