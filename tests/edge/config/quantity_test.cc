#include "edge/config/quantity.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace edge {
namespace {

constexpr uint64_t kMost = UINT64_MAX;

TEST(QuantityTest, DurationIsMilliseconds) {
  EXPECT_EQ(ParseDuration("500ms"), 500);
  EXPECT_EQ(ParseDuration("25s"), 25000);
  EXPECT_EQ(ParseDuration("5m"), 300000);
  EXPECT_EQ(ParseDuration("1h"), 3600000);
  EXPECT_EQ(ParseDuration("1.5s"), 1500);
  EXPECT_EQ(ParseDuration("0.001s"), 1);
  EXPECT_EQ(ParseDuration("0"), 0);
  EXPECT_EQ(ParseDuration("0s"), 0);
}

TEST(QuantityTest, DurationNeedsAKnownUnit) {
  for (const char* text :
       {"", "5", "s", "5 s", " 5s", "5s ", "5S", "5sec", "5d", "1h30m", "five"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(QuantityTest, NumberIsNeitherSignedNorPadded) {
  for (const char* text : {"-5s", "+5s", "05s", "0x5s", "1e3s", "1.s", ".5s", "1..5s", "1,5s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(QuantityTest, FractionMustComeOutEven) {
  EXPECT_FALSE(ParseDuration("0.5ms"));
  EXPECT_FALSE(ParseDuration("0.0001s"));
  EXPECT_FALSE(ParseDuration("1.0000000000s")) << "ten digits";
  EXPECT_EQ(ParseDuration("1.000000000s"), 1000);
  EXPECT_EQ(ParseBytes("1.5KiB"), 1536);
  EXPECT_FALSE(ParseBytes("1.3KiB"));
}

TEST(QuantityTest, OverflowIsNoValue) {
  EXPECT_EQ(ParseBytes("18446744073709551615"), kMost);
  EXPECT_FALSE(ParseBytes("18446744073709551616"));
  EXPECT_FALSE(ParseBytes("17179869184GiB"));
  EXPECT_FALSE(ParseDuration("5124095576031h"));
  EXPECT_EQ(ParseDuration("5124095576030h"), 18446744073708000000U);
}

TEST(QuantityTest, SizesAreBinary) {
  EXPECT_EQ(ParseBytes("512"), 512);
  EXPECT_EQ(ParseBytes("64KiB"), 65536);
  EXPECT_EQ(ParseBytes("1MiB"), 1048576);
  EXPECT_EQ(ParseBytes("2GiB"), 2147483648);
}

TEST(QuantityTest, AmbiguousSizeUnitsAreRefused) {
  for (const char* text : {"64K", "64KB", "64kb", "64kib", "64B", "1TiB", "1.5"}) {
    EXPECT_FALSE(ParseBytes(text)) << text;
  }
}

TEST(QuantityTest, PrintsTheLargestWholeUnit) {
  EXPECT_EQ(PrintDuration(0), "0s");
  EXPECT_EQ(PrintDuration(999), "999ms");
  EXPECT_EQ(PrintDuration(1500), "1500ms");
  EXPECT_EQ(PrintDuration(90000), "90s");
  EXPECT_EQ(PrintDuration(7200000), "2h");
  EXPECT_EQ(PrintBytes(0), "0");
  EXPECT_EQ(PrintBytes(1000), "1000");
  EXPECT_EQ(PrintBytes(65536), "64KiB");
  EXPECT_EQ(PrintBytes(uint64_t{3} << 30), "3GiB");
}

TEST(QuantityTest, WhatIsPrintedIsReadAgain) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{1023}, uint64_t{1024},
                               uint64_t{86400000}, kMost - 1, kMost}) {
    EXPECT_EQ(ParseDuration(PrintDuration(value)), value);
    EXPECT_EQ(ParseBytes(PrintBytes(value)), value);
  }
}

TEST(QuantityTest, CountIsDigitsOnly) {
  EXPECT_EQ(ParseCount("0"), 0);
  EXPECT_EQ(ParseCount("384"), 384);
  for (const char* text :
       {"", "0600", "00", "-1", "+1", "1.0", "1_000", "1 ", "0x10", "18446744073709551616"}) {
    EXPECT_FALSE(ParseCount(text)) << text;
  }
}

}  // namespace
}  // namespace edge
