#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/shard_thread.h"
#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/socket.h"

namespace edge {

class HttpGate;

// A connection whose request has not come whole. Bounded by client.max_header_size and
// client.handshake_timeout. Belongs to the gate's shard.
class GateConnection final : public GatePart, public PollTarget, public DeadlineTimer {
 public:
  GateConnection(HttpGate& gate, Socket socket, std::string remote_address);
  ~GateConnection() override;

  // Right after the accept: the request has often come with it, and then the shard need not be told
  // of the socket twice.
  void Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { Read(); }
  void OnReady(uint32_t events) override;
  void OnDeadline() override;
  bool unused() const override { return received_.empty(); }

 private:
  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Waits for bytes, and for the socket to be writable exactly while TLS has records for it.
  void Watch();
  // The socket, which is watched no more.
  Socket TakeSocket();
  void OnTlsFailed();
  // Keeps the bytes. False: the head cannot be complete yet, so parsing can wait. What is no HTTP
  // is found out when it has doubled, so that a head that drips in costs O(n log n), not O(n^2).
  bool Append(std::string_view bytes);

  HttpGate& gate_;
  Socket socket_;
  std::string remote_address_;
  std::string received_;
  size_t parsed_ = 0;     // bytes that were looked at
  bool watched_ = false;  // the poller knows the socket
  bool awaits_writable_ = false;
};

}  // namespace edge
