#include "edge/base/shard_thread.h"

#include <gtest/gtest.h>

#include <thread>

namespace edge {
namespace {

TEST(ShardThreadTest, HoldsInsideAScope) {
  const ScopedShardThread here;
  kOnShard.AssertHeld();
}

#ifndef NDEBUG
TEST(ShardThreadDeathTest, AbortsOffAShardsThread) {
  EXPECT_DEATH(kOnShard.AssertHeld(), "off a shard's thread");
}

TEST(ShardThreadDeathTest, BelongsToOneThreadOnly) {
  EXPECT_DEATH(
      {
        const ScopedShardThread here;
        std::thread([] { kOnShard.AssertHeld(); }).join();
      },
      "off a shard's thread");
}
#endif

}  // namespace
}  // namespace edge
