#include "edge/hooks/hook_signer.h"

#include <fmt/format.h>

#include <iterator>

#include "edge/base/text.h"
#include "edge/hooks/hook_secret.h"

namespace edge {

absl::StatusOr<HookSigner> HookSigner::Load(const gatehouse::v1::HookServiceSettings& settings) {
  HookSigner signer;
  for (const auto& each : settings.signing_keys()) {
    absl::StatusOr<std::string> secret = HookSecret(each.secret(), each.secret_file());
    if (!secret.ok()) return secret.status();
    absl::StatusOr<HmacKey> key = HmacKey::Make(*std::move(secret));
    if (!key.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "hooks.services '{}': signing key: {}",
                   settings.name(), ToStd(key.status().message()));
    }
    signer.keys_.push_back(*std::move(key));
  }
  return signer;
}

std::string HookSigner::HeadersFor(int64_t unix_millis, std::string_view body) const {
  if (keys_.empty()) return {};
  const std::string time = fmt::format("{}", unix_millis / 1000);
  const std::string text = fmt::format("{}.{}", time, body);
  std::string headers = fmt::format("Gatehouse-Time: {}\r\nGatehouse-Signature: ", time);
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (i > 0) headers += ',';
    for (const char byte : keys_[i].Sign(JwtAlgorithm::kHs256, text)) {
      fmt::format_to(std::back_inserter(headers), "{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return headers + "\r\n";
}

}  // namespace edge
