#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "edge/auth/identity.h"
#include "edge/auth/jwt_claims.h"
#include "edge/auth/key_set.h"

namespace edge {

struct TokenRules {
  std::string issuer;    // empty: not checked
  std::string audience;  // empty: not checked
  int64_t leeway_millis = 30000;
  size_t max_token_size = 8192;
  size_t max_info_size = 1024;
  bool require_expiry = true;
};

// Checks JWTs (RFC 7519 in the compact form of RFC 7515). Immutable, any thread.
// Cost: HS256 about 2 us, RS256 20, ES256 63, EdDSA 107, ES384 660.
class TokenVerifier {
 public:
  TokenVerifier(KeySet keys, TokenRules rules) : keys_(std::move(keys)), rules_(std::move(rules)) {}

  // kUnauthenticated, with a message for people that names no part of the token but its algorithm
  // and kid.
  absl::StatusOr<Identity> Verify(std::string_view token, int64_t now_unix_millis) const;

 private:
  absl::Status CheckSignature(std::string_view header, std::string_view signed_part,
                              std::string_view signature) const;
  absl::Status CheckTimes(const JwtClaims& claims, int64_t now) const;
  absl::Status CheckParties(const JwtClaims& claims) const;

  KeySet keys_;
  TokenRules rules_;
};

}  // namespace edge
