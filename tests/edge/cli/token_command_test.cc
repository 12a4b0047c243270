#include "edge/cli/token_command.h"

#include <gtest/gtest.h>

#include "edge/auth/token_verifier.h"
#include "edge/base/clock.h"

namespace edge {
namespace {

gatehouse::v1::Config ConfigWithKeys() {
  gatehouse::v1::Config config;
  auto& auth = *config.mutable_auth();
  auth.set_issuer("app");
  auth.set_audience("edge");
  for (const char* kid : {"first", "second"}) {
    auto& key = *auth.add_keys();
    key.set_kid(kid);
    key.set_algorithm("HS384");
    key.set_secret(std::string(48, kid[0]));
  }
  return config;
}

TEST(MintWithConfigTest, ANodeOfTheSameConfigurationTakesTheToken) {
  const gatehouse::v1::Config config = ConfigWithKeys();
  const auto token =
      MintWithConfig(config, {.user = "alice", .join = {"chat:*"}, .ttl_millis = 60000});
  ASSERT_TRUE(token.ok()) << token.status();
  const TokenVerifier verifier(*KeySet::Load(config.auth()), {.issuer = "app", .audience = "edge"});
  const int64_t now = SystemClock().UnixMillis();
  const auto identity = verifier.Verify(*token, now);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->user, UserId("alice"));
  EXPECT_NEAR(static_cast<double>(identity->expires_at_millis), static_cast<double>(now + 60000),
              5000);
}

TEST(MintWithConfigTest, WithoutAnHsKeyTheApplicationSigns) {
  gatehouse::v1::Config config;
  config.mutable_auth()->add_keys()->set_algorithm("EdDSA");
  EXPECT_EQ(MintWithConfig(config, {.user = "alice"}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(MintWithConfigTest, RefusesAUserThatNoNodeTakes) {
  EXPECT_EQ(MintWithConfig(ConfigWithKeys(), {.user = ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace edge
