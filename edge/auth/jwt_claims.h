#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// The header of a token: what is read of it before its signature is checked.
struct JwtHeader {
  std::string algorithm;
  std::string kid;
};

// The claims that are read. Times in milliseconds.
struct JwtClaims {
  std::string subject;
  std::string issuer;
  std::vector<std::string> audiences;
  std::optional<int64_t> expires;
  std::optional<int64_t> not_before;
  std::optional<int64_t> issued_at;
  std::string token_id;
  std::vector<std::string> join;
  std::vector<std::string> publish;
  std::string info;  // raw JSON
};

// Both refuse text that is not one JSON object in UTF-8, names given twice, and values of the wrong
// kind. kUnauthenticated; messages never repeat a value.
absl::StatusOr<JwtHeader> ParseJwtHeader(std::string_view json);
absl::StatusOr<JwtClaims> ParseJwtClaims(std::string_view json);

}  // namespace edge
