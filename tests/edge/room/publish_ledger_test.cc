#include "edge/room/publish_ledger.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

constexpr int64_t kNow = 1'000'000;

PublishRules Key(const std::string& key) {
  return {.idempotency_key = key};
}
PublishRules Version(uint64_t version, const std::string& epoch = "") {
  return {.version = version, .version_epoch = epoch};
}

TEST(PublishLedgerTest, AKeyIsFoundUntilItsTimeIsOver) {
  PublishLedger ledger;
  EXPECT_EQ(ledger.FindEarlier(Key("a"), kNow), std::nullopt);
  ledger.Record(Key("a"), {7, 3}, kNow);
  EXPECT_EQ(ledger.FindEarlier(Key("a"), kNow + kIdempotencyMillis - 1), (RoomPosition{7, 3}));
  EXPECT_EQ(ledger.FindEarlier(Key("b"), kNow), std::nullopt);
  EXPECT_EQ(ledger.FindEarlier(Key("a"), kNow + kIdempotencyMillis), std::nullopt);
  EXPECT_TRUE(ledger.empty());
  EXPECT_EQ(ledger.bytes(), 0U);
}

TEST(PublishLedgerTest, TheOldestKeyGivesWay) {
  PublishLedger ledger;
  for (size_t i = 0; i <= PublishLedger::kMostKeys; ++i) {
    ledger.Record(Key(std::to_string(i)), {1, i + 1}, kNow);
  }
  EXPECT_EQ(ledger.FindEarlier(Key("0"), kNow), std::nullopt);
  EXPECT_EQ(ledger.FindEarlier(Key("1"), kNow), (RoomPosition{1, 2}));
}

TEST(PublishLedgerTest, AVersionThatIsNotAboveTheLastIsOld) {
  PublishLedger ledger;
  EXPECT_EQ(ledger.FindEarlier(Version(5), kNow), std::nullopt);
  ledger.Record(Version(5), {7, 1}, kNow);
  EXPECT_EQ(ledger.FindEarlier(Version(5), kNow), (RoomPosition{7, 1}));
  EXPECT_EQ(ledger.FindEarlier(Version(4), kNow), (RoomPosition{7, 1}));
  EXPECT_EQ(ledger.FindEarlier(Version(6), kNow), std::nullopt);
}

TEST(PublishLedgerTest, VersionsBeginAnewWithAnotherEpoch) {
  PublishLedger ledger;
  ledger.Record(Version(5, "a"), {7, 1}, kNow);
  EXPECT_EQ(ledger.FindEarlier(Version(1, "b"), kNow), std::nullopt);
  ledger.Record(Version(1, "b"), {7, 2}, kNow);
  EXPECT_EQ(ledger.FindEarlier(Version(1, "b"), kNow), (RoomPosition{7, 2}));
}

TEST(PublishLedgerTest, WhatAsksNothingIsNeverOld) {
  PublishLedger ledger;
  ledger.Record(Version(5), {7, 1}, kNow);
  EXPECT_EQ(ledger.FindEarlier({}, kNow), std::nullopt);
}

}  // namespace
}  // namespace edge
