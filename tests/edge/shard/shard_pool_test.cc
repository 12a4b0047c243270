#include "edge/shard/shard_pool.h"

#include <gtest/gtest.h>

#include "edge/shard/usable_cpus.h"

namespace edge {
namespace {

TEST(ShardPoolTest, HasAsManyShardsAsAsked) {
  ShardPool pool(3, 1024, SystemClock());
  EXPECT_EQ(pool.size(), 3U);
  for (ShardIndex i = 0; i < 3; ++i) EXPECT_EQ(pool.at(i).index(), i);
  EXPECT_EQ(pool.at(0).shard_count(), 3U);
}

TEST(ShardPoolTest, ZeroMeansTheUsableCpus) {
  ShardPool pool(0, 1024, SystemClock());
  EXPECT_EQ(pool.size(), UsableCpus());
}

TEST(ShardPoolTest, OneShardIsHomeOfAll) {
  const ShardPool pool(1, 1024, SystemClock());
  for (const char* room : {"", "a", "chat:1"}) EXPECT_EQ(pool.HomeOf(room), 0);
}

TEST(ShardPoolTest, ARoomHasTheSameHomeEverywhere) {
  ShardPool pool(5, 1024, SystemClock());
  const ShardPool other(5, 64, SystemClock());
  for (int i = 0; i < 100; ++i) {
    const std::string room = "chat:" + std::to_string(i);
    EXPECT_EQ(pool.HomeOf(room), other.HomeOf(room));
    EXPECT_EQ(pool.at(3).HomeOf(room), pool.HomeOf(room));
  }
}

// Written down once: the hash is the same in every life and build of a node.
TEST(ShardPoolTest, TheHashDoesNotChange) {
  const ShardPool pool(16, 1024, SystemClock());
  std::string homes;
  for (const char* room : {"a", "b", "lobby", "chat:1", "chat:2", "user:alice:inbox"}) {
    homes += std::to_string(pool.HomeOf(room)) + " ";
  }
  EXPECT_EQ(homes, "12 3 14 13 6 4 ");
}

TEST(ShardPoolTest, NamesThatDifferInTheirLastDigitSpread) {
  for (const size_t shards : {2U, 3U, 4U, 7U, 8U}) {
    const ShardPool pool(shards, 1024, SystemClock());
    std::vector<int> rooms(shards);
    constexpr int kRooms = 20000;
    for (int i = 0; i < kRooms; ++i) ++rooms[pool.HomeOf("chat:" + std::to_string(i))];
    const double fair = static_cast<double>(kRooms) / static_cast<double>(shards);
    for (const int count : rooms) EXPECT_NEAR(count, fair, fair * 0.1) << shards;
  }
}

}  // namespace
}  // namespace edge
