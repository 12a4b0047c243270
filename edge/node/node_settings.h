#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "edge/auth/token_verifier.h"
#include "edge/hub/hub_context.h"
#include "edge/transport/gate_context.h"
#include "edge/transport/tls_certificates.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// The configuration as the parts of a node take it.
HubSettings MakeHubSettings(const gatehouse::v1::Config& config);
// `issuers`: those whose keys are fetched.
absl::StatusOr<TokenVerifier> MakeTokenVerifier(const gatehouse::v1::Config& config,
                                                TokenVerifier::Issuers issuers = {});
absl::Status FillGateContext(const gatehouse::v1::Config& config, GateContext& gate);

// The certificate of the client listener. Null: there is none, the listener is in clear.
// kInvalidArgument names the file that is wrong.
absl::StatusOr<std::unique_ptr<TlsCertificates>> LoadCertificates(
    const gatehouse::v1::Config& config);

// Whether writes go in io_uring batches, by node.io_uring and what the kernel permits.
// kFailedPrecondition: it is 'on', and the kernel does not.
absl::StatusOr<bool> MayBatchSends(const gatehouse::v1::Config& config);

// client.max_connections, lowered to what the descriptor limit allows beside `upstreams` (at most
// half of them) and 64 for everything else. Raises the soft limit to the hard one.
uint32_t AllowedConnections(uint32_t wanted, uint64_t upstreams);

}  // namespace edge
