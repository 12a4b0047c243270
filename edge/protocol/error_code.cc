#include "edge/protocol/error_code.h"

namespace edge {

std::string_view ClientErrorCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return "bad_request";
    case absl::StatusCode::kPermissionDenied:
      return "permission_denied";
    case absl::StatusCode::kNotFound:
      return "not_found";
    case absl::StatusCode::kFailedPrecondition:
      return "not_joined";
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
