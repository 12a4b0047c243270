#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/socket.h"

namespace edge {

class UpstreamPool;

// Who a connection to an upstream works for.
class UpstreamUser {
 public:
  virtual ~UpstreamUser() = default;
  // The upstream's socket is ready; may release or drop the connection.
  virtual void OnUpstreamReady(uint32_t events) = 0;
};

// A connection to an upstream: in use by one request, or waiting in its pool for the next, where
// being readable means that the upstream has closed it. Belongs to whoever has taken it, on its
// shard.
class UpstreamConnection final : public PollTarget, public DeadlineTimer {
 public:
  UpstreamConnection(UpstreamPool& pool, size_t group, size_t endpoint, Socket socket,
                     bool connecting);
  ~UpstreamConnection() override;

  // Null: it waits.
  void SetUser(UpstreamUser* user) { user_ = user; }
  // Which readiness is told of. Asks the kernel only when it changes.
  void Watch(uint32_t events);

  // PollTarget, DeadlineTimer
  void OnReady(uint32_t events) override;
  void OnDeadline() override;

  // Which readiness brings Advance.
  void WatchConnecting();

  // Whether it is open and silent. A system call.
  bool StillOpen() const;

  Socket& socket() { return socket_; }
  size_t group() const { return group_; }
  size_t endpoint() const { return endpoint_; }
  // TCP's handshake, and TLS's behind it, are under way: Advance goes on with them when the socket
  // is ready.
  bool connecting() const { return connecting_; }
  // kAborted: the connection failed; the message says how.
  absl::Status Advance();
  // It has served a request before: it may turn out to be closed when the next is sent.
  bool reused() const { return reused_; }
  void SetReused() { reused_ = true; }

 private:
  UpstreamPool& pool_;
  UpstreamUser* user_ = nullptr;
  Socket socket_;
  size_t group_;
  size_t endpoint_;
  uint32_t watched_;
  bool connecting_;
  bool reused_ = false;
};

}  // namespace edge
