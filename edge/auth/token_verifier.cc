#include "edge/auth/token_verifier.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "edge/auth/base64url.h"
#include "edge/auth/presence_info.h"
#include "edge/base/log.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr absl::StatusCode kRefused = absl::StatusCode::kUnauthenticated;

absl::Status Bad(std::string_view what) {
  return absl::UnauthenticatedError(ToAbsl(what));
}

// A name from a token as it may stand in a message: short, without control characters, and still
// UTF-8, since a message may become the reason of a Close.
std::string Quoted(std::string_view name) {
  constexpr size_t kShown = 64;
  size_t size = std::min(name.size(), kShown);
  while (size < name.size() && size > 0 && (static_cast<uint8_t>(name[size]) & 0xc0) == 0x80)
    --size;
  std::string out;
  AppendJsonEscaped(name.substr(0, size), out);
  return out;
}

}  // namespace

IssuerKeys* TokenVerifier::FindIssuer(std::string_view name) const {
  const auto found = std::ranges::find_if(
      issuers_, [name](const auto& issuer) { return issuer->issuer() == name; });
  return found == issuers_.end() ? nullptr : found->get();
}

absl::Status TokenVerifier::CheckSignature(const Parts& parts, IssuerKeys* issuer) const {
  if (issuer == nullptr) return CheckSignature(parts, keys_, nullptr);
  const std::shared_ptr<const KeySet> keys = issuer->current();
  if (keys == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "the keys of the issuer '{}' are not to be had",
                 Quoted(issuer->issuer()));
  }
  return CheckSignature(parts, *keys, issuer);
}

absl::Status TokenVerifier::CheckSignature(const Parts& parts, const KeySet& keys,
                                           IssuerKeys* issuer) {
  const auto header_json = Base64UrlDecode(parts.header);
  const auto signature = Base64UrlDecode(parts.signature);
  if (!header_json || !signature) return Bad("the token is not base64url");
  ASSIGN_OR_RETURN(const JwtHeader header, ParseJwtHeader(*header_json));
  const TokenKey* const key = keys.Find(header.kid);
  if (key == nullptr) {
    // The issuer may have begun to sign with a new one.
    if (issuer != nullptr) issuer->WantRefresh();
    return Error(kRefused, "no key with kid '{}'", Quoted(header.kid));
  }
  // The key decides the algorithm; what the token says must only agree.
  if (header.algorithm != JwtAlgorithmName(key->algorithm)) {
    return Error(kRefused, "algorithm '{}' is not the key's", Quoted(header.algorithm));
  }
  if (!key->Verify(parts.signed_part, *signature)) return Bad("bad signature");
  return absl::OkStatus();
}

absl::Status TokenVerifier::CheckTimes(const JwtClaims& claims, int64_t now) const {
  if (!claims.expires && rules_.require_expiry) return Bad("the token has no 'exp'");
  if (claims.expires && now >= *claims.expires + rules_.leeway_millis) {
    return Error(kRefused, "token expired {} s ago", (now - *claims.expires) / 1000);
  }
  if (claims.not_before && now + rules_.leeway_millis < *claims.not_before) {
    return Error(kRefused, "token not valid for another {} s", (*claims.not_before - now) / 1000);
  }
  if (claims.issued_at && now + rules_.leeway_millis < *claims.issued_at) {
    return Bad("the token was issued in the future");
  }
  return absl::OkStatus();
}

absl::Status TokenVerifier::CheckParties(const JwtClaims& claims, const IssuerKeys* issuer) const {
  const bool own = issuer != nullptr && !issuer->audience().empty();
  const std::string& audience = own ? issuer->audience() : rules_.audience;
  if (issuer == nullptr && !rules_.issuer.empty() && claims.issuer != rules_.issuer) {
    return Bad("the token's 'iss' is not the one configured");
  }
  if (!audience.empty() &&
      std::ranges::find(claims.audiences, audience) == claims.audiences.end()) {
    return Bad("the token's 'aud' does not have the one configured");
  }
  if (absl::Status status = CheckUserId(claims.subject); !status.ok()) {
    return Error(kRefused, "the token's 'sub': {}", ToStd(status.message()));
  }
  if (absl::Status status = CheckPresenceInfo(claims.info, rules_.max_info_size); !status.ok()) {
    return Error(kRefused, "the token's 'info' {}", ToStd(status.message()));
  }
  return absl::OkStatus();
}

absl::StatusOr<TokenVerifier::Parts> TokenVerifier::Split(std::string_view token) const {
  if (token.empty()) return Bad("no token");
  if (token.size() > rules_.max_token_size) {
    return Error(kRefused, "the token is {} bytes, limit {}", token.size(), rules_.max_token_size);
  }
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return Bad("the token does not have three parts");
  }
  return Parts{.header = token.substr(0, first),
               .payload = token.substr(first + 1, second - first - 1),
               .signature = token.substr(second + 1),
               .signed_part = token.substr(0, second)};
}

absl::StatusOr<Identity> TokenVerifier::Verify(std::string_view token,
                                               int64_t now_unix_millis) const {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  const auto read_claims = [&]() -> absl::StatusOr<JwtClaims> {
    const auto payload = Base64UrlDecode(parts.payload);
    if (!payload) return Bad("the token is not base64url");
    return ParseJwtClaims(*payload);
  };
  // What is not signed is not read, unless it has to say whose it is.
  absl::StatusOr<JwtClaims> read = JwtClaims();
  IssuerKeys* issuer = nullptr;
  if (!issuers_.empty()) {
    read = read_claims();
    if (!read.ok()) return read.status();
    issuer = FindIssuer(read->issuer);
  }
  RETURN_IF_ERROR(CheckSignature(parts, issuer));
  if (issuers_.empty()) read = read_claims();
  if (!read.ok()) return read.status();
  JwtClaims& claims = *read;
  claims.info = CompactJson(claims.info);
  RETURN_IF_ERROR(CheckTimes(claims, now_unix_millis));
  RETURN_IF_ERROR(CheckParties(claims, issuer));

  auto grants = std::make_shared<Grants>();
  absl::StatusOr<RoomPatterns> join = RoomPatterns::Parse(std::move(claims.join));
  if (!join.ok()) return Error(kRefused, "claim 'join': {}", ToStd(join.status().message()));
  absl::StatusOr<RoomPatterns> publish = RoomPatterns::Parse(std::move(claims.publish));
  if (!publish.ok())
    return Error(kRefused, "claim 'publish': {}", ToStd(publish.status().message()));
  grants->join = *std::move(join);
  grants->publish = *std::move(publish);
  return Identity{.user = UserId(std::move(claims.subject)),
                  .info = std::move(claims.info),
                  .grants = std::move(grants),
                  .expires_at_millis = claims.expires.value_or(0),
                  .issued_at_millis = claims.issued_at.value_or(0),
                  .token_id = std::move(claims.token_id)};
}

}  // namespace edge
