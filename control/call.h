#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace control {

// One call of the control API, as grpcurl would make it.
struct CallOptions {
  std::string method;  // Broadcast, or gatehouse.v1.ControlService/Broadcast, or
                       // grpc.health.v1.Health/Check
  // The request as a JSON object; for BroadcastStream one or several, one after the other.
  std::string json;
  std::string target = "127.0.0.1:9090";  // or unix:PATH
  std::string key;                        // the API key; empty: none
  std::string tls_ca_file;                // any of these three: TLS
  std::string tls_certificate_file;
  std::string tls_key_file;
  int64_t timeout_millis = 0;  // 0: 10 s for a unary call, none for a stream
  size_t count = 0;            // ends a stream after as many answers; 0: goes on
};

// Prints each answer to `out` as JSON, field names in lowerCamelCase and defaults left out. Blocks.
// An error's message is for people: the code's name, what the server said, and the wrong fields.
absl::Status RunCall(const CallOptions& options, std::ostream& out);

}  // namespace control
