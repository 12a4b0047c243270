#include "edge/auth/token_minter.h"

#include <simdjson.h>

#include "edge/auth/base64url.h"
#include "edge/auth/room_pattern.h"
#include "edge/base/json_scanner.h"
#include "edge/base/log.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"

namespace edge {
namespace {

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  AppendJsonEscaped(text, out);
  out += '"';
  return out;
}

std::string ArrayOf(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out.append(out.size() > 1 ? "," : "").append(Quoted(text));
  return out + "]";
}

}  // namespace

std::string TokenClaimsJson(const TokenRequest& request) {
  std::string json = "{\"sub\":" + Quoted(request.user);
  json += ",\"iat\":" + std::to_string(request.issued_at_millis / 1000);
  json += ",\"exp\":" + std::to_string((request.issued_at_millis + request.ttl_millis) / 1000);
  if (!request.issuer.empty()) json += ",\"iss\":" + Quoted(request.issuer);
  if (!request.audience.empty()) json += ",\"aud\":" + Quoted(request.audience);
  if (!request.token_id.empty()) json += ",\"jti\":" + Quoted(request.token_id);
  if (!request.join.empty()) json += ",\"join\":" + ArrayOf(request.join);
  if (!request.publish.empty()) json += ",\"publish\":" + ArrayOf(request.publish);
  if (!request.info.empty()) json += ",\"info\":" + request.info;
  return json + "}";
}

absl::StatusOr<std::string> MintToken(const TokenRequest& request, JwtAlgorithm algorithm,
                                      const HmacKey& key) {
  if (!IsHmac(algorithm)) return absl::InvalidArgumentError("tokens are minted with HS keys only");
  RETURN_IF_ERROR(CheckUserId(request.user));
  RETURN_IF_ERROR(RoomPatterns::Parse(request.join).status());
  RETURN_IF_ERROR(RoomPatterns::Parse(request.publish).status());
  if (!request.info.empty() && !IsValidJson(request.info)) {
    return absl::InvalidArgumentError("info is not JSON");
  }
  const std::string claims = TokenClaimsJson(request);
  if (!simdjson::validate_utf8(claims)) return absl::InvalidArgumentError("a claim is not UTF-8");
  std::string header =
      "{\"alg\":" + Quoted(std::string(JwtAlgorithmName(algorithm))) + ",\"typ\":\"JWT\"";
  if (!request.kid.empty()) header += ",\"kid\":" + Quoted(request.kid);
  const std::string signed_part = Base64UrlEncode(header + "}") + "." + Base64UrlEncode(claims);
  return signed_part + "." + Base64UrlEncode(key.Sign(algorithm, signed_part));
}

}  // namespace edge
