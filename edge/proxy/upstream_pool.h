#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/metrics/metrics.h"
#include "edge/proxy/health_check.h"
#include "edge/proxy/proxy_context.h"
#include "edge/proxy/upstream_connection.h"
#include "edge/shard/shard.h"

namespace edge {

// One shard's connections to the upstreams: which endpoint gets the next request, which connections
// wait for one, and which endpoints have failed. Nothing is shared between shards. Belongs to the
// shard's proxy.
class UpstreamPool {
 public:
  UpstreamPool(const ProxyContext& context, Shard& shard, ShardMetrics& metrics);
  ~UpstreamPool();

  struct Wish {
    size_t group = 0;
    uint64_t tried = 0;         // bits of endpoints that are passed over if there are others
    bool only_fresh = false;    // no connection that has waited
    bool must_be_open = false;  // what waited is asked whether it still is: the request goes once
  };
  // A connection for one request: one that waited, or one that is being made (`connecting`).
  // kResourceExhausted: the group's max_connections are in use. kUnavailable: no socket. kAborted:
  // the connection was refused at once, by `endpoint`.
  absl::StatusOr<std::unique_ptr<UpstreamConnection>> Take(const Wish& wish, size_t& endpoint);
  // Takes a connection back after its request; it waits for the next if it is `reusable` and there
  // is room.
  void Release(std::unique_ptr<UpstreamConnection> connection, bool reusable);
  // What became of a request to this endpoint: `max_failures` failures in a row, and it is passed
  // over for a while.
  void Report(size_t group, size_t endpoint, bool well);

  // A connection beside those of the pool, `connecting`, for a check.
  absl::StatusOr<std::unique_ptr<UpstreamConnection>> Connect(size_t group, size_t endpoint);
  // What the checks say of an endpoint: one that is down is passed over.
  void SetDown(size_t group, size_t endpoint, bool down);

  // One that waited has been closed by the upstream, or has waited long enough.
  void DropIdle(UpstreamConnection& connection);

  const UpstreamGroup& group(size_t index) const { return context_.upstreams[index]; }
  Shard& shard() { return shard_; }
  // Of groups with TLS.
  TlsIo& tls_io() { return *tls_io_; }

 private:
  struct Endpoint {
    std::vector<std::unique_ptr<UpstreamConnection>> idle;  // the last used at the end
    size_t active = 0;
    uint32_t failures = 0;
    int64_t ejected_until = 0;
    bool down = false;
  };
  struct Group {
    std::vector<Endpoint> endpoints;
    size_t next = 0;
    size_t connections = 0;  // active and idle
    size_t idle = 0;
  };
  size_t Choose(const Wish& wish);
  bool DropOldestIdle(Group& group);
  std::unique_ptr<UpstreamConnection> TakeIdle(Group& group, Endpoint& endpoint, bool must_be_open);

  const ProxyContext& context_;
  Shard& shard_;
  ShardMetrics& metrics_;
  std::unique_ptr<TlsIo> tls_io_;  // outlives the connections
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<HealthCheck>> checks_;
};

}  // namespace edge
