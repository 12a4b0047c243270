#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  std::string traceparent;
  // The fields that ParseHead was asked for, in the request's order, names in lower case.
  std::vector<std::pair<std::string, std::string>> wanted;

  // The first parameter of this name.
  std::optional<std::string_view> Parameter(std::string_view name) const;
  // The cookie of this name.
  std::optional<std::string_view> Cookie(std::string_view name) const;
  // All cookies, in order: views into `cookie`.
  std::vector<std::pair<std::string_view, std::string_view>> Cookies() const;
};

struct ParsedHead {
  HttpRequest request;
  size_t size = 0;  // bytes of the head; what follows belongs to the connection
};

// Parses a request's head with Beast. No value: it is not complete yet. kInvalidArgument: not
// HTTP/1.x, or an escape that cannot be decoded. kOutOfRange: over `limit` bytes. `wanted`: names
// in lower case.
absl::StatusOr<std::optional<ParsedHead>> ParseHead(std::string_view bytes, size_t limit,
                                                    std::span<const std::string> wanted = {});

}  // namespace edge
