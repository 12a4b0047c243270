#include "edge/node/memory_return.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

TEST(MemoryReturnTest, IsForStormsThatAreOver) {
  EXPECT_TRUE(ShouldReturnMemory(0, 1000));
  EXPECT_TRUE(ShouldReturnMemory(5000, 10000));
  EXPECT_FALSE(ShouldReturnMemory(0, 999));
  EXPECT_FALSE(ShouldReturnMemory(5001, 10000));
  EXPECT_FALSE(ShouldReturnMemory(10000, 10000));
  EXPECT_FALSE(ShouldReturnMemory(0, 0));
}

}  // namespace
}  // namespace edge
