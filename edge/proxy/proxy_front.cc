#include "edge/proxy/proxy_front.h"

#include "edge/hub/hub.h"
#include "edge/proxy/proxy_connection.h"

namespace edge {

ProxyFront::ProxyFront(HttpGate& gate, const ProxyContext& context)
    : gate_(gate), context_(context), pool_(context, gate.hub().shard(), gate.hub().metrics()) {}

void ProxyFront::Begin(Socket socket, std::string received, std::string remote_address) {
  auto connection = std::make_unique<ProxyConnection>(*this, std::move(socket), std::move(received),
                                                      std::move(remote_address));
  ProxyConnection& started = *connection;
  gate_.Own(std::move(connection));
  started.Start();
}

bool ProxyFront::Trusts(std::string_view remote_address) const {
  return context_.trusted.Contains(HostOfAddress(remote_address));
}

ShardMetrics& ProxyFront::metrics() {
  return gate_.hub().metrics();
}

Shard& ProxyFront::shard() {
  return gate_.hub().shard();
}

}  // namespace edge
