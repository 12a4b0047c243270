#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace edge {

// RFC 6455 section 4.2.2: the Sec-WebSocket-Accept for a Sec-WebSocket-Key. The key must be the
// base64 of exactly 16 bytes (section 4.1), which Beast does not check: else kInvalidArgument.
absl::StatusOr<std::string> AcceptKey(std::string_view key);

}  // namespace edge
