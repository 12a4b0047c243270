#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "gatehouse/v1/config.pb.h"

namespace grpc {
class ServerCredentials;
}

namespace control {

// Whether the settings ask for TLS.
bool WantsTls(const gatehouse::v1::ControlTlsSettings& settings);

// Credentials of the TCP listener: TLS with the certificate of the settings, read again when the
// files change; with a client CA, callers must show a certificate of it. Insecure when TLS is not
// asked for. kInvalidArgument names the file that is missing, unreadable or does not fit to the
// others; gRPC itself would start and refuse every handshake.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const gatehouse::v1::ControlTlsSettings& settings);

}  // namespace control
