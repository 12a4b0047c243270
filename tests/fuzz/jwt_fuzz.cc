// DEPS auth
// A token as it comes from anybody. The first byte says how the rest is used: as a whole token, as
// the header or the claims of a well signed one, or as base64url.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/auth/base64url.h"
#include "edge/auth/jwt_claims.h"
#include "edge/auth/presence_info.h"
#include "edge/auth/token_verifier.h"
#include "edge/base/json_scanner.h"

namespace edge {
namespace {

constexpr int64_t kNow = 1700000000000;

const HmacKey& Key() {
  static const HmacKey key = *HmacKey::Make(std::string(32, 's'));
  return key;
}

const TokenVerifier& Verifier() {
  static const TokenVerifier verifier = [] {
    gatehouse::v1::AuthSettings settings;
    settings.add_keys()->set_algorithm("HS256");
    settings.mutable_keys(0)->set_secret(std::string(32, 's'));
    return TokenVerifier(*KeySet::Load(settings), {});
  }();
  return verifier;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

void Verify(std::string_view token) {
  const auto identity = Verifier().Verify(token, kNow);
  if (!identity.ok()) {
    Check(identity.status().code() == absl::StatusCode::kUnauthenticated);
    return;
  }
  Check(!identity->user.empty() && identity->user.str().size() <= 255);
  Check(identity->grants != nullptr && identity->info.size() <= TokenRules().max_info_size);
  Check(identity->info.empty() || IsValidJson(identity->info));
  Check(identity->info == CompactJson(identity->info));
  Check(identity->expires_at_millis + TokenRules().leeway_millis > kNow);
}

void VerifySigned(std::string_view header, std::string_view payload) {
  const std::string part = Base64UrlEncode(header) + "." + Base64UrlEncode(payload);
  Verify(part + "." + Base64UrlEncode(Key().Sign(JwtAlgorithm::kHs256, part)));
}

}  // namespace
}  // namespace edge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edge;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
      Verify(text);
      break;
    case 1:
      VerifySigned(R"({"alg":"HS256"})", text);
      break;
    case 2:
      VerifySigned(text, R"({"sub":"a","exp":1700003600})");
      break;
    default:
      // No two texts stand for the same bytes.
      if (const auto bytes = Base64UrlDecode(text)) Check(Base64UrlEncode(*bytes) == text);
  }
  return 0;
}
