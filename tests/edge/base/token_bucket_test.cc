#include "edge/base/token_bucket.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace edge {
namespace {

int TakeAll(TokenBucket& bucket, const TokenBucket::Rate& rate, int64_t now) {
  int taken = 0;
  while (taken < 100000 && bucket.TryTake(rate, now)) ++taken;
  return taken;
}

TEST(TokenBucketTest, StartsFull) {
  TokenBucket bucket;
  EXPECT_EQ(TakeAll(bucket, {.per_second = 10, .burst = 20}, 5), 20);
}

TEST(TokenBucketTest, RefillsAtItsRateWithoutLosingFractions) {
  TokenBucket bucket;
  const TokenBucket::Rate rate{.per_second = 3, .burst = 3};
  TakeAll(bucket, rate, 1000);
  int taken = 0;
  for (int64_t now = 1001; now <= 11000; ++now) taken += bucket.TryTake(rate, now) ? 1 : 0;
  EXPECT_EQ(taken, 30);
}

TEST(TokenBucketTest, HoldsNoMoreThanItsBurst) {
  TokenBucket bucket;
  const TokenBucket::Rate rate{.per_second = 10, .burst = 20};
  TakeAll(bucket, rate, 1000);
  EXPECT_EQ(TakeAll(bucket, rate, 1000 + 3600000), 20);
}

TEST(TokenBucketTest, LetsOneThroughWhereTheBurstIsZero) {
  TokenBucket bucket;
  const TokenBucket::Rate rate{.per_second = 1, .burst = 0};
  EXPECT_EQ(TakeAll(bucket, rate, 1000), 1);
  EXPECT_EQ(TakeAll(bucket, rate, 2000), 1);
}

TEST(TokenBucketTest, HasNoLimitWhereTheRateIsZero) {
  TokenBucket bucket;
  EXPECT_EQ(TakeAll(bucket, {.per_second = 0, .burst = 0}, 1), 100000);
}

TEST(TokenBucketTest, GivesNothingForTimeThatGoesBack) {
  TokenBucket bucket;
  const TokenBucket::Rate rate{.per_second = 10, .burst = 10};
  TakeAll(bucket, rate, 100000);
  EXPECT_EQ(TakeAll(bucket, rate, 50000), 0);
}

TEST(TokenBucketTest, StaysEmptyAtTimeZero) {
  TokenBucket bucket;
  const TokenBucket::Rate rate{.per_second = 10, .burst = 10};
  EXPECT_EQ(TakeAll(bucket, rate, 0), 10);
}

TEST(TokenBucketTest, DoesNotOverflowAtTheLargestRate) {
  TokenBucket bucket;
  const uint32_t most = std::numeric_limits<uint32_t>::max();
  EXPECT_TRUE(bucket.TryTake({.per_second = most, .burst = most}, 1));
  EXPECT_TRUE(
      bucket.TryTake({.per_second = most, .burst = most}, std::numeric_limits<int64_t>::max()));
}

TEST(TokenBucketTest, ShrinksToASmallerBurstAtOnce) {
  TokenBucket bucket;
  EXPECT_TRUE(bucket.TryTake({.per_second = 100, .burst = 100}, 1000));
  EXPECT_EQ(TakeAll(bucket, {.per_second = 100, .burst = 5}, 1000), 5);
}

}  // namespace
}  // namespace edge
