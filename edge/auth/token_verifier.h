#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/identity.h"
#include "edge/auth/issuer_keys.h"
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

// Checks JWTs (RFC 7519 in the compact form of RFC 7515). Any thread; immutable but for the keys of
// its issuers, which others replace.
//
// A token's 'iss' chooses the keys: those of the issuer of that name and no others, or else the
// fixed ones, to which alone TokenRules::issuer belongs. So no issuer's key verifies another's
// token. Cost: HS256 about 2 us, RS256 20, ES256 63, EdDSA 107, ES384 660.
class TokenVerifier {
 public:
  using Issuers = std::vector<std::shared_ptr<IssuerKeys>>;

  // `issuers`: each with a name of its own.
  TokenVerifier(KeySet keys, TokenRules rules, Issuers issuers = {})
      : keys_(std::move(keys)), rules_(std::move(rules)), issuers_(std::move(issuers)) {}

  // kUnauthenticated, with a message for people that names no part of the token but its algorithm
  // and kid. kUnavailable: the keys of its issuer are not to be had.
  absl::StatusOr<Identity> Verify(std::string_view token, int64_t now_unix_millis) const;

 private:
  // The parts of a token, as they stand in it.
  struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_part;
  };
  absl::StatusOr<Parts> Split(std::string_view token) const;
  // Null: the fixed keys are the token's.
  IssuerKeys* FindIssuer(std::string_view name) const;
  absl::Status CheckSignature(const Parts& parts, IssuerKeys* issuer) const;
  static absl::Status CheckSignature(const Parts& parts, const KeySet& keys, IssuerKeys* issuer);
  absl::Status CheckTimes(const JwtClaims& claims, int64_t now) const;
  absl::Status CheckParties(const JwtClaims& claims, const IssuerKeys* issuer) const;

  KeySet keys_;
  TokenRules rules_;
  Issuers issuers_;
};

}  // namespace edge
