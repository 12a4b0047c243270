#include "edge/cli/token_command.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "edge/base/clock.h"
#include "edge/base/status_macros.h"

namespace edge {

absl::StatusOr<std::string> MintWithConfig(const gatehouse::v1::Config& config,
                                           TokenRequest request) {
  for (const auto& settings : config.auth().keys()) {
    const std::optional<JwtAlgorithm> algorithm = ParseJwtAlgorithm(settings.algorithm());
    if (!algorithm || !IsHmac(*algorithm)) continue;
    std::string secret = settings.secret();
    if (!settings.secret_file().empty()) {
      std::ifstream file(settings.secret_file());
      secret.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      if (secret.ends_with('\n')) secret.pop_back();
    }
    ASSIGN_OR_RETURN(const HmacKey key, HmacKey::Make(std::move(secret)));
    request.kid = settings.kid();
    request.issuer = config.auth().issuer();
    request.audience = config.auth().audience();
    request.issued_at_millis = SystemClock().UnixMillis();
    return MintToken(request, *algorithm, key);
  }
  return absl::FailedPreconditionError(
      "the configuration has no HS key to sign with: the application signs tokens with its own "
      "key");
}

}  // namespace edge
