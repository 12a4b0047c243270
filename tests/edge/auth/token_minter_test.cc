#include "edge/auth/token_minter.h"

#include <gtest/gtest.h>

#include "edge/auth/token_verifier.h"

namespace edge {
namespace {

constexpr int64_t kNow = 1700000000000;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class TokenMinterTest : public testing::Test {
 protected:
  TokenMinterTest() {
    request_.user = "alice \"\\ \xc3\xa9";
    request_.join = {"chat:*"};
    request_.publish = {"chat:1", "lobby"};
    request_.info = R"({"name":"Al"})";
    request_.issuer = "app";
    request_.audience = "edge";
    request_.token_id = "t1";
    request_.kid = "k1";
    request_.issued_at_millis = kNow;
    request_.ttl_millis = 60000;
  }
  absl::StatusCode CodeOf(JwtAlgorithm algorithm = JwtAlgorithm::kHs256) const {
    return MintToken(request_, algorithm, key_).status().code();
  }
  absl::StatusOr<Identity> RoundTrip(JwtAlgorithm algorithm, int64_t now) const {
    gatehouse::v1::AuthSettings settings;
    auto& key = *settings.add_keys();
    key.set_kid("k1");
    key.set_algorithm(std::string(JwtAlgorithmName(algorithm)));
    key.set_secret(std::string(64, 's'));
    const TokenVerifier verifier(*KeySet::Load(settings),
                                 {.issuer = "app", .audience = "edge", .leeway_millis = 0});
    return verifier.Verify(*MintToken(request_, algorithm, key_), now);
  }

  TokenRequest request_;
  HmacKey key_ = *HmacKey::Make(std::string(64, 's'));
};

TEST_F(TokenMinterTest, WhatItSignsTheVerifierTakes) {
  for (const JwtAlgorithm algorithm :
       {JwtAlgorithm::kHs256, JwtAlgorithm::kHs384, JwtAlgorithm::kHs512}) {
    const auto identity = RoundTrip(algorithm, kNow);
    ASSERT_TRUE(identity.ok()) << identity.status();
    EXPECT_EQ(identity->user.str(), request_.user);
    EXPECT_EQ(identity->info, request_.info);
    EXPECT_EQ(identity->grants->join.patterns(), request_.join);
    EXPECT_EQ(identity->grants->publish.patterns(), request_.publish);
    EXPECT_EQ(identity->token_id, "t1");
    EXPECT_EQ(identity->issued_at_millis, kNow);
    EXPECT_EQ(identity->expires_at_millis, kNow + 60000);
  }
}

TEST_F(TokenMinterTest, TheTimeToLiveEnds) {
  EXPECT_TRUE(RoundTrip(JwtAlgorithm::kHs256, kNow + 59999).ok());
  EXPECT_FALSE(RoundTrip(JwtAlgorithm::kHs256, kNow + 60000).ok());
}

TEST_F(TokenMinterTest, SignsWithHsOnly) {
  EXPECT_EQ(CodeOf(JwtAlgorithm::kRs256), kInvalid);
  EXPECT_EQ(CodeOf(JwtAlgorithm::kEdDsa), kInvalid);
}

TEST_F(TokenMinterTest, RefusesAUserThatNoVerifierTakes) {
  for (const std::string& user : {std::string(), std::string("a\nb"), std::string(256, 'a'),
                                  std::string("\xff"), std::string("cut \xc3")}) {
    request_.user = user;
    EXPECT_EQ(CodeOf(), kInvalid);
  }
}

TEST_F(TokenMinterTest, RefusesPatternsThatNoVerifierTakes) {
  request_.join = {"a b"};
  EXPECT_EQ(CodeOf(), kInvalid);
  request_.join = {};
  request_.publish = {""};
  EXPECT_EQ(CodeOf(), kInvalid);
}

TEST_F(TokenMinterTest, RefusesInfoThatIsNoJson) {
  for (const char* info : {"{", "Al", "1 2", "{\"a\":1},\"sub\":\"root\"", "\"\xff\""}) {
    request_.info = info;
    EXPECT_EQ(CodeOf(), kInvalid) << info;
  }
}

}  // namespace
}  // namespace edge
