#include "edge/hub/recent_kicks.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

TEST(RecentKicksTest, ConcernsWhoHadAskedBefore) {
  RecentKicks kicks;
  const uint64_t before = kicks.Begin();
  kicks.Kicked(UserId("alice"));
  const uint64_t after = kicks.Begin();
  EXPECT_TRUE(kicks.KickedSince(before, UserId("alice")));
  EXPECT_FALSE(kicks.KickedSince(after, UserId("alice")));
  EXPECT_FALSE(kicks.KickedSince(before, UserId("bob")));
}

TEST(RecentKicksTest, ForgetsWhenNobodyIsBeingAskedAbout) {
  RecentKicks kicks;
  kicks.Kicked(UserId("alice"));
  const uint64_t begin = kicks.Begin();
  EXPECT_FALSE(kicks.KickedSince(begin, UserId("alice")));
  kicks.Kicked(UserId("alice"));
  kicks.End();
  EXPECT_FALSE(kicks.KickedSince(begin, UserId("alice")));
}

TEST(RecentKicksTest, MoreThanItKeepsConcernsEverybodyWhoHadAsked) {
  RecentKicks kicks;
  const uint64_t before = kicks.Begin();
  for (int i = 0; i < 4096; ++i) kicks.Kicked(UserId("user" + std::to_string(i)));
  EXPECT_FALSE(kicks.KickedSince(before, UserId("bob")));
  kicks.Kicked(UserId("one more"));
  EXPECT_TRUE(kicks.KickedSince(before, UserId("bob")));
  EXPECT_FALSE(kicks.KickedSince(kicks.Begin(), UserId("bob")));
}

}  // namespace
}  // namespace edge
