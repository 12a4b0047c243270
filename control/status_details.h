#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

// What an error says to programs beside its code and message: google.rpc details, carried as
// payloads of an absl::Status. Knows no gRPC.
namespace control {

// `status` with an ErrorInfo that gives `reason` (UPPER_SNAKE).
absl::Status WithReason(absl::Status status, std::string_view reason);

// kInvalidArgument with a BadRequest. At most kMaxViolations are named, so that the answer fits
// into the metadata that callers accept.
inline constexpr size_t kMaxViolations = 16;
absl::Status BadRequestStatus(
    const std::vector<google::rpc::BadRequest::FieldViolation>& violations);
absl::Status BadField(std::string_view field, std::string_view description);

// What a node answers to a paged query: the token is the one thing in it that only the node can
// read, so kInvalidArgument is about that field, and says so.
absl::Status PageTokenError(const absl::Status& status);

// The status with its details, and an ErrorInfo by its code when it has none.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace control
