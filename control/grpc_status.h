#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace control {

// The one place where a status becomes a gRPC status: same code, same message, and the details as a
// google.rpc.Status. The codes are the same numbers.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace control
