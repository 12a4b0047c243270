#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "absl/status/statusor.h"
#include "edge/base/clock.h"
#include "edge/base/endpoint_url.h"
#include "edge/hooks/hook_client.h"
#include "edge/hooks/hook_signer.h"

namespace edge {

struct HttpHookSettings {
  EndpointUrl url;  // http or https
  HookSigner signer;
  std::string bearer;  // empty: none
  size_t max_answer = size_t{256} * 1024;
  // PEM files for https; empty: the system's authorities, no certificate of ours.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

// Hooks as JSON by POST to PATH/OnConnect and so on, on connections that are kept and used again.
// The answer is 200 with the method's answer as JSON; any other status is a failure.
class HttpHookClient {
 public:
  // kInvalidArgument: a TLS file cannot be used.
  static absl::StatusOr<std::unique_ptr<HookClient>> Make(boost::asio::io_context& io,
                                                          const Clock& clock,
                                                          HttpHookSettings settings);
};

}  // namespace edge
