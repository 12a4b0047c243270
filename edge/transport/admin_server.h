#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "absl/status/statusor.h"

namespace edge {

// What the admin listener answers with. Called on its io_context's thread.
struct AdminHandlers {
  // /readyz: 200 when empty, else 503 with this as the reason.
  std::function<std::string()> not_ready;
  std::function<std::string()> metrics;  // /metrics
};

// Health and metrics for operators: /livez, /readyz, /metrics over plain HTTP. Runs on the
// io_context it is given, never on a shard. At most 64 connections, five seconds a request.
class AdminServer {
 public:
  // kUnavailable: the address is taken or not here.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(boost::asio::io_context& io,
                                                            const std::string& address,
                                                            AdminHandlers handlers);
  virtual ~AdminServer() = default;
  // HOST:PORT, with the port that was taken for 0.
  virtual std::string address() const = 0;
};

}  // namespace edge
