#include "edge/auth/jwt_claims.h"

#include <simdjson.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "edge/base/json_scanner.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

absl::Status Bad(std::string_view what) {
  return absl::UnauthenticatedError(ToAbsl(what));
}

absl::Status ReadString(std::string_view name, std::string_view raw, std::string& out) {
  std::optional<std::string> text = JsonStringValue(raw);
  if (!text) return Error(absl::StatusCode::kUnauthenticated, "claim '{}' is not a string", name);
  out = *std::move(text);
  return absl::OkStatus();
}

// RFC 7519 section 2: NumericDate, seconds that may have a fraction.
absl::Status ReadTime(std::string_view name, std::string_view raw, std::optional<int64_t>& out) {
  constexpr double kMaxSeconds = 253402300799;  // the end of the year 9999
  const std::string text(raw);
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  const bool number = end == text.c_str() + text.size() && !text.empty() && !std::isnan(seconds);
  if (!number || raw.front() == '"' || seconds < 0 || seconds > kMaxSeconds) {
    return Error(absl::StatusCode::kUnauthenticated, "claim '{}' is not a time", name);
  }
  out = static_cast<int64_t>(seconds * 1000);
  return absl::OkStatus();
}

// One string, or an array of strings. An array has the form of an object's members without keys, so
// it is read as its elements, each already known to be valid JSON.
absl::Status ReadStrings(std::string_view name, std::string_view raw,
                         std::vector<std::string>& out) {
  if (IsJsonString(raw)) {
    out.emplace_back();
    return ReadString(name, raw, out.back());
  }
  const auto wrong = [name] {
    return Error(absl::StatusCode::kUnauthenticated, "claim '{}' is neither a string nor strings",
                 name);
  };
  if (raw.empty() || raw.front() != '[') return wrong();
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  size_t at = 0;
  const auto skip = [&](std::string_view set) {
    at = std::min(inside.find_first_not_of(set, at), inside.size());
  };
  for (skip(" \t\r\n"); at < inside.size(); skip(" \t\r\n,")) {
    if (inside[at] != '"') return wrong();
    size_t end = at + 1;
    while (inside[end] != '"') end += inside[end] == '\\' ? 2 : 1;
    out.emplace_back();
    RETURN_IF_ERROR(ReadString(name, inside.substr(at, end + 1 - at), out.back()));
    at = end + 1;
  }
  return absl::OkStatus();
}

absl::Status ReadClaim(std::string_view name, std::string_view raw, JwtClaims& claims) {
  if (name == "sub") return ReadString(name, raw, claims.subject);
  if (name == "iss") return ReadString(name, raw, claims.issuer);
  if (name == "jti") return ReadString(name, raw, claims.token_id);
  if (name == "aud") return ReadStrings(name, raw, claims.audiences);
  if (name == "exp") return ReadTime(name, raw, claims.expires);
  if (name == "nbf") return ReadTime(name, raw, claims.not_before);
  if (name == "iat") return ReadTime(name, raw, claims.issued_at);
  if (name == "join") return ReadStrings(name, raw, claims.join);
  if (name == "publish") return ReadStrings(name, raw, claims.publish);
  if (name == "info") claims.info = raw;
  return absl::OkStatus();
}

absl::Status ReadHeaderMember(std::string_view name, std::string_view raw, JwtHeader& header) {
  if (name == "alg") return ReadString(name, raw, header.algorithm);
  if (name == "kid") return ReadString(name, raw, header.kid);
  // A key or a place to fetch one from never comes from the token itself; "crit" would oblige us to
  // understand extensions (RFC 7515 section 4.1.11), and we have none.
  for (const std::string_view refused : {"crit", "jwk", "jku", "x5c", "x5u", "b64"}) {
    if (name == refused) {
      return Error(absl::StatusCode::kUnauthenticated, "the token's header has '{}'", refused);
    }
  }
  return absl::OkStatus();
}

template <typename Target>
absl::Status ReadObject(std::string_view json, Target& target,
                        absl::Status (*read)(std::string_view, std::string_view, Target&)) {
  if (!simdjson::validate_utf8(json.data(), json.size())) return Bad("the token is not UTF-8");
  JsonObjectReader reader(json);
  std::set<std::string> seen;
  while (reader.Next()) {
    // A name may be written with escapes: it is compared as what it says.
    const std::string_view key = reader.key();
    const auto name = JsonStringValue({key.data() - 1, key.size() + 2});  // with its quotes
    if (!name) return Bad("the token is not JSON");
    if (!seen.insert(*name).second) return Bad("the token gives a name twice");
    RETURN_IF_ERROR(read(*name, reader.value(), target));
  }
  return reader.ok() ? absl::OkStatus() : Bad("the token is not JSON");
}

}  // namespace

absl::StatusOr<JwtHeader> ParseJwtHeader(std::string_view json) {
  JwtHeader header;
  RETURN_IF_ERROR(ReadObject(json, header, &ReadHeaderMember));
  return header;
}

absl::StatusOr<JwtClaims> ParseJwtClaims(std::string_view json) {
  JwtClaims claims;
  RETURN_IF_ERROR(ReadObject(json, claims, &ReadClaim));
  return claims;
}

}  // namespace edge
