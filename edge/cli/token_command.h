#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "edge/auth/token_minter.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// Signs a token with the first HS key of the configuration, for its issuer and audience.
// kFailedPrecondition: there is none (the application signs with its own key then).
absl::StatusOr<std::string> MintWithConfig(const gatehouse::v1::Config& config,
                                           TokenRequest request);

}  // namespace edge
