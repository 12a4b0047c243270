#include "edge/shard/usable_cpus.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace edge {
namespace {

TEST(QuotaOfCpuMaxTest, RoundsUp) {
  EXPECT_EQ(QuotaOfCpuMax("200000 100000"), 2U);
  EXPECT_EQ(QuotaOfCpuMax("200001 100000"), 3U);
  EXPECT_EQ(QuotaOfCpuMax("150000 100000\n"), 2U);
  EXPECT_EQ(QuotaOfCpuMax("1000 100000"), 1U);
  EXPECT_EQ(QuotaOfCpuMax("100000 50000"), 2U);
}

TEST(QuotaOfCpuMaxTest, NoneWhereThereIsNoLimitOrNoSense) {
  for (const char* text :
       {"max 100000", "max", "", "\n", "200000", "200000 ", "200000 x", "200000 0", "0 100000",
        "-1 100000", "200000 -1", "99999999999999999999 100000"}) {
    EXPECT_EQ(QuotaOfCpuMax(text), 0U) << text;
  }
}

TEST(QuotaOfCfsTest, RoundsUpAndKnowsNone) {
  EXPECT_EQ(QuotaOfCfs(200000, 100000), 2U);
  EXPECT_EQ(QuotaOfCfs(250000, 100000), 3U);
  EXPECT_EQ(QuotaOfCfs(1, 100000), 1U);
  EXPECT_EQ(QuotaOfCfs(-1, 100000), 0U);
  EXPECT_EQ(QuotaOfCfs(0, 100000), 0U);
  EXPECT_EQ(QuotaOfCfs(100000, 0), 0U);
  EXPECT_EQ(QuotaOfCfs(100000, -1), 0U);
}

TEST(PathOfCgroupV2Test, IsOnTheLineOfHierarchyZero) {
  EXPECT_EQ(PathOfCgroupV2("0::/system.slice/gatehouse.service\n"),
            "/system.slice/gatehouse.service");
  EXPECT_EQ(PathOfCgroupV2("12:cpu,cpuacct:/old\n0::/new"), "/new");
}

TEST(PathOfCgroupV2Test, IsEmptyForTheRootAndForNone) {
  for (const char* text : {"0::/\n", "0::/", "", "\n", "12:cpu:/old\n", "0::", "10::/x\n"}) {
    EXPECT_EQ(PathOfCgroupV2(text), "") << text;
  }
}

TEST(UsableCpusTest, IsAtLeastOneAndAtMostTheAffinityMask) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  ASSERT_EQ(::sched_getaffinity(0, sizeof mask, &mask), 0);
  EXPECT_GE(UsableCpus(), 1U);
  EXPECT_LE(UsableCpus(), static_cast<size_t>(CPU_COUNT(&mask)));
}

TEST(UsableCpusTest, FollowsANarrowerMask) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &before)) ++cpu;
  CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(UsableCpus(), 1U);
  ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace edge
