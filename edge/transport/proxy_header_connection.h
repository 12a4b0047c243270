#pragma once

#include <string>

#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/socket.h"

namespace edge {

class HttpGate;

// A connection whose PROXY header (wire/proxy_header.h) has not come whole. Takes the header's
// bytes and not one more, so that TLS or HTTP begins where it should. Bounded by kMaxProxyHeader
// and client.handshake_timeout; what is no header is closed. Belongs to the gate's shard.
class ProxyHeaderConnection final : public GatePart, public PollTarget, public DeadlineTimer {
 public:
  ProxyHeaderConnection(HttpGate& gate, Socket socket, std::string remote_address);
  ~ProxyHeaderConnection() override;

  void OnReady(uint32_t events) override;
  void OnDeadline() override;
  bool unused() const override { return received_.empty(); }

 private:
  HttpGate& gate_;
  Socket socket_;
  std::string remote_address_;
  std::string received_;
};

}  // namespace edge
