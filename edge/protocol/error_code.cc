#include "edge/protocol/error_code.h"

#include <optional>

#include "absl/strings/cord.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr char kClientCode[] = "gatehouse/client_code";

}  // namespace

absl::Status WithClientCode(absl::Status status, std::string_view code) {
  status.SetPayload(kClientCode, absl::Cord(ToAbsl(code)));
  return status;
}

absl::Status TokenRevoked() {
  return WithClientCode(absl::UnauthenticatedError("the token was revoked"), "token_revoked");
}

bool HasClientCode(const absl::Status& status) {
  return status.GetPayload(kClientCode).has_value();
}

std::string ClientErrorCode(const absl::Status& status) {
  if (const auto own = status.GetPayload(kClientCode)) return std::string(*own);
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return "bad_request";
    case absl::StatusCode::kPermissionDenied:
      return "permission_denied";
    case absl::StatusCode::kNotFound:
      return "not_found";
    case absl::StatusCode::kFailedPrecondition:
      return "not_joined";
    case absl::StatusCode::kOutOfRange:
      return "position_lost";
    case absl::StatusCode::kAlreadyExists:
      return "already_joined";
    case absl::StatusCode::kResourceExhausted:
      return "limit_exceeded";
    case absl::StatusCode::kUnauthenticated:
      return "unauthenticated";
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnavailable:
      return "unavailable";
    default:
      return "internal";
  }
}

}  // namespace edge
