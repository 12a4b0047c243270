#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace edge {

// The one table from a status to the "code" that clients see in an error: "bad_request",
// "permission_denied", "not_found", "not_joined", "already_joined", "limit_exceeded",
// "unauthenticated", "unavailable", "internal".
std::string_view ClientErrorCode(const absl::Status& status);

}  // namespace edge
