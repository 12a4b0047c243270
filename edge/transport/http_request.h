#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "edge/transport/query_string.h"

namespace edge {

// The head of a request to the client listener: the parts the gate looks at.
struct HttpRequest {
  std::string method;
  std::string target;  // as it came; holds tokens, so it is logged redacted only
  std::string path;    // decoded
  QueryParameters query;
  bool http11 = true;
  bool upgrades_to_websocket = false;
  std::string origin;
  std::string authorization;
  std::string cookie;
  std::string user_agent;
  std::string websocket_key;
  std::string websocket_version;
  std::string websocket_protocol;
  std::string websocket_extensions;
  bool has_body = false;

  // The first parameter of this name.
  std::optional<std::string_view> Parameter(std::string_view name) const;
  // The cookie of this name.
  std::optional<std::string_view> Cookie(std::string_view name) const;
};

struct ParsedHead {
  HttpRequest request;
  size_t size = 0;  // bytes of the head; what follows belongs to the connection
};

// Parses a request's head with Beast. No value: it is not complete yet. kInvalidArgument: not
// HTTP/1.x, or an escape that cannot be decoded. kOutOfRange: over `limit` bytes.
absl::StatusOr<std::optional<ParsedHead>> ParseHead(std::string_view bytes, size_t limit);

}  // namespace edge
