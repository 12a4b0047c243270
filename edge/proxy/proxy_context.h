#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/proxy/forwarded.h"
#include "edge/proxy/route_table.h"
#include "gatehouse/v1/config.pb.h"

struct ssl_ctx_st;

namespace edge {

// One place an upstream listens at.
struct UpstreamEndpoint {
  std::string name;         // as configured, for logs and for Host
  std::string server_name;  // whom a certificate has to be for
  sockaddr_storage address{};
  socklen_t address_size = 0;
};

// A group of equal endpoints.
struct UpstreamGroup {
  std::string name;
  std::vector<UpstreamEndpoint> endpoints;
  bool least_connections = false;
  std::string host;  // empty: the client's
  int64_t connect_timeout_millis = 1000;
  int64_t header_timeout_millis = 30000;
  int64_t keep_alive_millis = 30000;
  int64_t ejection_millis = 10000;
  size_t keep_alive_connections = 64;
  size_t max_connections = 1024;
  uint32_t retries = 1;
  uint32_t max_failures = 3;
  std::shared_ptr<ssl_ctx_st> tls;  // null: in clear
  std::string health_path;          // empty: nobody asks
  int64_t health_interval_millis = 5000;
  int64_t health_timeout_millis = 1000;
};

// What the proxies of all shards share. Immutable, any thread. Outlives them.
struct ProxyContext {
  RouteTable routes;
  TrustedNetworks trusted;
  std::vector<UpstreamGroup> upstreams;
  bool proxy_protocol = false;
  int64_t keep_alive_millis = 60000;
  int64_t idle_timeout_millis = 90000;
  int64_t tunnel_idle_millis = 300000;
  uint64_t max_body_size = 0;  // 0: no limit
  size_t max_response_header_size = 32768;

  // Resolves the endpoints' names, which blocks: for the main thread. kInvalidArgument names the
  // setting that is wrong; kUnavailable the name that cannot be resolved.
  static absl::StatusOr<ProxyContext> Make(const gatehouse::v1::ProxySettings& settings);

  // Nothing of it is configured: the gates work as if there were none.
  bool idle() const { return routes.empty() && trusted.empty() && !proxy_protocol; }
};

}  // namespace edge
