#pragma once

#include <string>
#include <string_view>

#include "edge/proxy/proxy_context.h"
#include "edge/proxy/upstream_pool.h"
#include "edge/transport/http_gate.h"
#include "edge/transport/request_front.h"

namespace edge {

// The reverse proxy of one shard: takes whole requests from its gate and sends them where their
// routes say. Belongs to the gate, and outlives its connections.
class ProxyFront final : public RequestFront {
 public:
  // `gate` owns this; `context` outlives it.
  ProxyFront(HttpGate& gate, const ProxyContext& context);

  // RequestFront
  void Begin(Socket socket, std::string received, std::string remote_address) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool WantsProxyHeader() const override { return context_.proxy_protocol; }
  bool Trusts(std::string_view remote_address) const override;

  HttpGate& gate() { return gate_; }
  UpstreamPool& pool() { return pool_; }
  const ProxyContext& context() const { return context_; }
  ShardMetrics& metrics();
  Shard& shard();
  // Answers end their connections from now on.
  bool draining() const { return gate_.draining(); }

 private:
  HttpGate& gate_;
  const ProxyContext& context_;
  UpstreamPool pool_;
};

}  // namespace edge
