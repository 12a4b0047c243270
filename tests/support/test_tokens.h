#pragma once

#include <string>
#include <vector>

#include "edge/auth/key_set.h"
#include "edge/auth/token_minter.h"
#include "edge/auth/token_verifier.h"
#include "edge/base/check.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

inline const std::string kTestSecret = "a secret that only tests know of";

// The one key of tests, as configuration.
inline void SetTestKey(gatehouse::v1::AuthSettings& settings) {
  auto& key = *settings.add_keys();
  key.set_algorithm("HS256");
  key.set_secret(kTestSecret);
}

inline TokenVerifier MakeTestVerifier() {
  gatehouse::v1::AuthSettings settings;
  SetTestKey(settings);
  absl::StatusOr<KeySet> keys = KeySet::Load(settings);
  GATEHOUSE_CHECK(keys.ok(), "the test key does not load");
  return TokenVerifier(*std::move(keys), TokenRules{});
}

inline std::string MintTestToken(const TokenRequest& request) {
  const absl::StatusOr<HmacKey> key = HmacKey::Make(kTestSecret);
  GATEHOUSE_CHECK(key.ok(), "the test key is no key");
  absl::StatusOr<std::string> token = MintToken(request, JwtAlgorithm::kHs256, *key);
  GATEHOUSE_CHECK(token.ok(), "a test asks for a token that cannot be made");
  return *std::move(token);
}

// For a user who may join and publish everywhere, from `now` on.
inline std::string TokenOf(const std::string& user, int64_t now_unix_millis) {
  return MintTestToken({.user = user,
                        .join = {"*"},
                        .publish = {"*"},
                        .issued_at_millis = now_unix_millis,
                        .ttl_millis = 3600000});
}

}  // namespace edge
