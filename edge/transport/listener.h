#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"

namespace edge {

class HttpGate;

// Accepts on one shard's SO_REUSEPORT socket. Takes at most 64 connections a turn. When the process
// is out of descriptors it stops for a second, and says so once, instead of spinning on a socket
// that stays readable (measured: 1.6 million failed accepts a second).
class Listener final : public PollTarget, public DeadlineTimer {
 public:
  // Owns `fd`, a listening socket.
  Listener(HttpGate& gate, int fd) : gate_(gate), fd_(fd) {}
  ~Listener() override;

  void Start();
  // Closes the socket: connections in its backlog are reset.
  void Stop();

  void OnReady(uint32_t events) override;
  void OnDeadline() override;

 private:
  void Pause(int error);

  HttpGate& gate_;
  int fd_;
  bool paused_ = false;
  bool said_ = false;
};

// Listening sockets, one a shard, on one port.
struct ListenSockets {
  std::vector<int> fds;
  std::string address;  // HOST:PORT, with the port that was taken for 0
};
// Binds HOST:PORT `count` times. kUnavailable: the port is taken (also by another process that
// would share it) or the address is not here.
absl::StatusOr<ListenSockets> OpenListenSockets(const std::string& address, size_t count);

}  // namespace edge
