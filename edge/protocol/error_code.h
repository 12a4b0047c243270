#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace edge {

// The one table from a status to the "code" that clients see in an error: "bad_request",
// "permission_denied", "not_found", "not_joined", "already_joined", "limit_exceeded",
// "unauthenticated", "unavailable", "internal".
// A status that has a code of its own (WithClientCode) gives that.
std::string ClientErrorCode(const absl::Status& status);

// The status with a code of the application's for clients, beside its own for us.
absl::Status WithClientCode(absl::Status status, std::string_view code);
// What a revoked token is refused with: kUnauthenticated, "token_revoked" for clients.
absl::Status TokenRevoked();
// Whether it has one: the application said no, or the token was revoked.
bool HasClientCode(const absl::Status& status);

}  // namespace edge
