#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "edge/transport/socket.h"

namespace edge {

// Bytes on their way into a socket: sent at once as far as it takes them; what it does not is kept.
// Bounded by whoever writes, who stops while something waits. Without bytes it holds no memory.
// Belongs to its connection.
class PendingOutput {
 public:
  // Keeps bytes for the next Flush.
  void Keep(std::string_view bytes) { kept_.append(bytes); }
  // Sends, or keeps, all of it. False: the socket is broken.
  bool Write(Socket& socket, std::span<iovec> parts);
  // Sends what is kept. False: the socket is broken.
  bool Flush(Socket& socket);

  // From now on what has been sent is kept too, so that Rewind can have it sent again; until Let.
  void Hold() { held_ = true; }
  void Let();
  void Rewind() { sent_ = 0; }

  bool empty() const { return sent_ == kept_.size(); }
  // Something waits for the socket to be writable.
  bool waits(const Socket& socket) const { return !empty() || socket.blocked(); }
  // Bytes that sockets have taken.
  uint64_t total_sent() const { return total_sent_; }

 private:
  std::string kept_;
  size_t sent_ = 0;
  uint64_t total_sent_ = 0;
  bool held_ = false;
};

}  // namespace edge
