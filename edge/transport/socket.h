#pragma once

#include <unistd.h>

#include <utility>

#include "edge/transport/gate_context.h"

namespace edge {

// Owns a client's socket and its place among the node's connections.
class Socket {
 public:
  Socket() = default;
  Socket(int fd, ConnectionPermit permit) : fd_(fd), permit_(std::move(permit)) {}
  Socket(Socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), permit_(std::move(other.permit_)) {}
  Socket& operator=(Socket other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(permit_, other.permit_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  ConnectionPermit permit_;
};

}  // namespace edge
