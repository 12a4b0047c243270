#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gatehouse/v1/config.pb.h"

struct ssl_ctx_st;

namespace edge {

// TLS towards the endpoints of an upstream: 1.2 or newer, their certificates verified by the
// authorities of `ca_file`, or the system's. Null: TLS is not enabled. Immutable afterwards, any
// thread. kInvalidArgument names the setting at `at` whose file cannot be read.
absl::StatusOr<std::shared_ptr<ssl_ctx_st>> MakeUpstreamTls(
    const std::string& at, const gatehouse::v1::UpstreamTlsSettings& settings);

}  // namespace edge
