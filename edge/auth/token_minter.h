#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/signature.h"

namespace edge {

// What a token shall say. Empty: left out.
struct TokenRequest {
  std::string user;
  std::vector<std::string> join;
  std::vector<std::string> publish;
  std::string info;  // JSON text
  std::string issuer;
  std::string audience;
  std::string token_id;
  std::string kid;
  int64_t issued_at_millis = 0;
  int64_t ttl_millis = 3600000;
};

// Signs a token with an HS algorithm: for development and tests. Real ones come from the
// application. kInvalidArgument: a name or pattern that no verifier would take, or no HS algorithm.
absl::StatusOr<std::string> MintToken(const TokenRequest& request, JwtAlgorithm algorithm,
                                      const HmacKey& key);

// The claims as they are signed, for tests that sign with other keys.
std::string TokenClaimsJson(const TokenRequest& request);

}  // namespace edge
