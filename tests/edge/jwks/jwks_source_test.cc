#include "edge/jwks/jwks_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signing_key.h"

namespace edge {
namespace {

using testing::HasSubstr;

constexpr int64_t kRefresh = 300000;
constexpr int64_t kRetry = 30000;
constexpr int64_t kStale = 1000000;

class JwksSourceTest : public testing::Test {
 protected:
  static gatehouse::v1::JwksSettings Settings() {
    gatehouse::v1::JwksSettings settings;
    settings.set_issuer("https://id.example");
    settings.set_url("https://id.example/jwks");
    settings.set_refresh_interval(kRefresh);
    settings.set_retry_interval(kRetry);
    settings.set_stale_if_error(kStale);
    return settings;
  }
  static std::string SetWith(const std::string& kid) {
    static const SigningKey key = SigningKey::Ed25519();
    return R"({"keys":[{"kid":")" + kid + "\"," + key.PublicJwk() + "}]}";
  }
  void Try(const absl::StatusOr<std::string>& text, int64_t now) {
    source.Begin(now);
    source.End(text, now);
  }
  bool Has(const std::string& kid) const {
    const auto current = keys->current();
    return current != nullptr && current->Find(kid) != nullptr;
  }

  const std::shared_ptr<IssuerKeys> keys = std::make_shared<IssuerKeys>("https://id.example", "");
  JwksSource source{Settings(), keys};
  const absl::Status down = absl::UnavailableError("connect: refused");
};

TEST_F(JwksSourceTest, IsMissingUntilTheFirstKeysAreHad) {
  EXPECT_THAT(source.Missing(), HasSubstr("https://id.example"));
  Try(down, 0);
  EXPECT_THAT(source.Missing(), HasSubstr("tries that failed: 1;"));
  Try(SetWith("a"), kRetry);
  EXPECT_EQ(source.Missing(), "");
  EXPECT_TRUE(Has("a"));
}

TEST_F(JwksSourceTest, KeysAreReplacedWhole) {
  Try(SetWith("a"), 0);
  Try(SetWith("b"), kRefresh);
  EXPECT_FALSE(Has("a"));
  EXPECT_TRUE(Has("b"));
}

TEST_F(JwksSourceTest, WhatIsNoSetOrCannotBeHadKeepsTheOldKeys) {
  Try(SetWith("a"), 0);
  for (const absl::StatusOr<std::string>& bad :
       {absl::StatusOr<std::string>("<html>"), absl::StatusOr<std::string>(R"({"keys":[]})"),
        absl::StatusOr<std::string>(down)}) {
    Try(bad, kRefresh);
    EXPECT_TRUE(Has("a"));
    EXPECT_TRUE(source.failing());
  }
  EXPECT_EQ(source.fetches(), 4);
  EXPECT_EQ(source.failures(), 3);
  EXPECT_EQ(source.had_millis(), 0);
}

TEST_F(JwksSourceTest, KeysThatAreTooOldAreTakenAway) {
  Try(SetWith("a"), 0);
  source.DropStale(kStale * 2);
  EXPECT_TRUE(Has("a"));  // nothing has failed
  Try(down, kStale - 1);
  EXPECT_TRUE(Has("a"));
  source.DropStale(kStale);
  EXPECT_EQ(keys->current(), nullptr);
  EXPECT_EQ(source.Missing(), "");
  Try(SetWith("b"), kStale + kRetry);
  EXPECT_TRUE(Has("b"));
}

TEST_F(JwksSourceTest, TheNextTryIsSoonerAfterAFailure) {
  Try(SetWith("a"), 1000);
  EXPECT_EQ(source.NextTry(), 1000 + kRefresh);
  Try(down, 2000);
  EXPECT_EQ(source.NextTry(), 2000 + kRetry);
}

TEST_F(JwksSourceTest, TheFirstKeysAreTriedForEveryTwoSeconds) {
  Try(down, 1000);
  EXPECT_EQ(source.NextTry(), 3000);
}

TEST_F(JwksSourceTest, AnUnknownKidBringsTheNextTryForwardOnce) {
  Try(SetWith("a"), 1000);
  keys->WantRefresh();
  EXPECT_EQ(source.NextTry(), 1000 + kRetry);
  Try(SetWith("a"), 1000 + kRetry);
  EXPECT_EQ(source.NextTry(), 1000 + kRetry + kRefresh);
}

TEST_F(JwksSourceTest, OneThatIsUnchangedIsAsGoodAsNew) {
  Try(SetWith("a"), 0);
  source.Confirm(kStale);
  Try(down, kStale + 1);
  EXPECT_TRUE(Has("a"));
  EXPECT_EQ(source.had_millis(), kStale);
}

TEST(RulesOfTest, AllAsymmetricAlgorithmsUnlessSomeAreNamed) {
  gatehouse::v1::JwksSettings settings;
  EXPECT_EQ(RulesOf(settings).algorithms.size(), 7u);
  settings.add_algorithms("ES256");
  EXPECT_THAT(RulesOf(settings).algorithms, testing::ElementsAre(JwtAlgorithm::kEs256));
}

}  // namespace
}  // namespace edge
