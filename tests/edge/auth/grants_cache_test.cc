#include "edge/auth/grants_cache.h"

#include <gtest/gtest.h>

#include <vector>

namespace edge {
namespace {

Grants GrantsOf(const std::vector<std::string>& join, const std::vector<std::string>& publish) {
  return {*RoomPatterns::Parse(join), *RoomPatterns::Parse(publish)};
}

TEST(GrantsCacheTest, GivesEqualRightsOneObject) {
  GrantsCache cache;
  const auto first = cache.Intern(GrantsOf({"a"}, {"b"}));
  EXPECT_EQ(cache.Intern(GrantsOf({"a"}, {"b"})), first);
  EXPECT_TRUE(first->join.Matches("a"));
  EXPECT_TRUE(first->publish.Matches("b"));
}

TEST(GrantsCacheTest, KeepsRightsApartThatHaveTheSameWordsElsewhere) {
  GrantsCache cache;
  const auto joins = cache.Intern(GrantsOf({"a", "b"}, {}));
  EXPECT_NE(cache.Intern(GrantsOf({"a"}, {"b"})), joins);
  EXPECT_NE(cache.Intern(GrantsOf({"ab"}, {})), joins);
  EXPECT_NE(cache.Intern(GrantsOf({}, {"a", "b"})), joins);
}

TEST(GrantsCacheTest, MakesRightsAnewThatNobodyHolds) {
  GrantsCache cache;
  cache.Intern(GrantsOf({"a"}, {}));
  const auto again = cache.Intern(GrantsOf({"a"}, {}));
  EXPECT_TRUE(again->join.Matches("a"));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(GrantsCacheTest, ForgetsWhatNobodyHoldsAtItsBound) {
  GrantsCache cache;
  const auto held = cache.Intern(GrantsOf({"held"}, {}));
  for (int i = 0; i < 5000; ++i) {
    cache.Intern(GrantsOf({std::to_string(i)}, {}));
    ASSERT_LE(cache.size(), 1024U);
  }
  EXPECT_EQ(cache.Intern(GrantsOf({"held"}, {})), held);
}

TEST(GrantsCacheTest, StaysBoundedWhenAllAreHeld) {
  GrantsCache cache;
  std::vector<std::shared_ptr<const Grants>> held;
  for (int i = 0; i < 3000; ++i) {
    held.push_back(cache.Intern(GrantsOf({std::to_string(i)}, {})));
    ASSERT_LE(cache.size(), 1024U);
  }
  EXPECT_TRUE(held[0]->join.Matches("0"));
}

TEST(GrantsCacheTest, AFullCacheStillFindsWhatItHas) {
  GrantsCache cache;
  std::vector<std::shared_ptr<const Grants>> held;
  for (int i = 0; i < 1024; ++i) held.push_back(cache.Intern(GrantsOf({std::to_string(i)}, {})));
  EXPECT_EQ(cache.Intern(GrantsOf({"0"}, {})), held[0]);
  EXPECT_EQ(cache.Intern(GrantsOf({"1023"}, {})), held[1023]);
}

}  // namespace
}  // namespace edge
