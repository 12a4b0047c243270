#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "absl/status/statusor.h"
#include "edge/base/clock.h"
#include "edge/base/endpoint_url.h"
#include "edge/hooks/hook_client.h"

namespace edge {

struct GrpcHookSettings {
  EndpointUrl url;     // grpc or grpcs
  std::string bearer;  // empty: none
  size_t max_answer = size_t{256} * 1024;
  // PEM files for grpcs; empty: the system's authorities, no certificate of ours.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

// Hooks as calls of gatehouse.v1.HooksService. gRPC's threads do the work; `done` is run by `io`,
// which outlives the client. Destroying it cancels what is under way and waits for that.
class GrpcHookClient {
 public:
  // kInvalidArgument: a TLS file cannot be read.
  static absl::StatusOr<std::unique_ptr<HookClient>> Make(boost::asio::io_context& io,
                                                          const Clock& clock,
                                                          GrpcHookSettings settings);
};

}  // namespace edge
