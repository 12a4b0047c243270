#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "absl/status/statusor.h"
#include "edge/base/endpoint_url.h"

namespace edge {

// Fetches one URL with GET, over a new connection each time. Belongs to the thread of its
// io_context.
class HttpGet {
 public:
  // `url`: http or https, its port filled in. `ca_file`: PEM certificates that sign the server's;
  // empty: those that the system trusts. kInvalidArgument: it cannot be used.
  static absl::StatusOr<HttpGet> Make(EndpointUrl url, const std::string& ca_file);

  // The body of an answer of status 200. kUnavailable, with what went wrong: no connection, TLS,
  // another status (redirects are not followed), a body over `max_body` bytes, or not done in
  // `timeout_millis`. Names are resolved by the system, which has timeouts of its own.
  boost::asio::awaitable<absl::StatusOr<std::string>> Run(boost::asio::io_context& io,
                                                          size_t max_body, int64_t timeout_millis);

 private:
  HttpGet() = default;

  EndpointUrl url_;
  std::string request_;
  std::shared_ptr<boost::asio::ssl::context> tls_;  // null: http
};

}  // namespace edge
