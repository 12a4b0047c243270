#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/key_set.h"

namespace edge {

inline constexpr size_t kMaxJwksBytes = size_t{1} << 20;

struct JwksRules {
  std::vector<JwtAlgorithm> algorithms;  // the only ones that keys are bound to; never HS
  size_t max_keys = 100;
};

// What a JSON Web Key Set says (RFC 7517).
struct Jwks {
  KeySet keys;
  size_t skipped = 0;
  std::string why_skipped;  // the first key that was; names no part of a key but its kid
};

// Reads a set. As RFC 7517 section 5 asks for, a key that is of no use to us is skipped: of another
// kind, for encryption, of an algorithm that is not allowed, malformed, too short, with a private
// part, a shared secret, or with the kid of a key before it. Each key is bound to one algorithm:
// the one that it names, else the one of its curve, else for RSA RS256 where it is allowed or the
// first RSA one that is.
//
// kInvalidArgument: no JSON with an array "keys", more than max_keys in it, over kMaxJwksBytes, or
// not one key of use.
absl::StatusOr<Jwks> ParseJwks(std::string_view json, const JwksRules& rules);

}  // namespace edge
