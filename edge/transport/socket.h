#pragma once

#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "edge/transport/gate_context.h"
#include "edge/transport/tls_stream.h"

namespace edge {

// Owns a socket, a client's place among the node's connections and, where there is, its TLS.
// Non-blocking.
class Socket {
 public:
  Socket() = default;
  Socket(int fd, ConnectionPermit permit) : fd_(fd), permit_(std::move(permit)) {}
  Socket(Socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        permit_(std::move(other.permit_)),
        tls_(std::move(other.tls_)) {}
  Socket& operator=(Socket other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(permit_, other.permit_);
    std::swap(tls_, other.tls_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

  // Before the first byte.
  void StartTls(TlsIo& io, ssl_ctx_st& context) {
    tls_ = std::make_unique<TlsStream>(io, context, fd_);
  }
  // The same as the client of the peer, `server_name`.
  void StartTls(TlsIo& io, ssl_ctx_st& context, const std::string& server_name) {
    tls_ = std::make_unique<TlsStream>(io, context, fd_, server_name);
  }
  // The peer spoke no TLS: it is answered in clear.
  void StopTls() { tls_.reset(); }
  bool handshaking() const { return tls_ != nullptr && tls_->handshaking(); }
  // Null: in clear.
  const TlsStream* tls() const { return tls_.get(); }

  // As recv(): 0 at the end, -1 with EAGAIN when nothing is there. `into`: the shard's scratch.
  ssize_t Receive(std::span<char> into);
  // As sendmsg(). With TLS it takes one record's share, which may be kept: `blocked`.
  ssize_t Send(std::span<const iovec> buffers);
  // Nothing may be sent until the socket is writable and FlushOutput has been called.
  bool blocked() const { return tls_ != nullptr && tls_->blocked(); }
  // False: the connection is lost.
  bool FlushOutput() { return tls_ == nullptr || tls_->FlushOutput(); }
  // TLS is broken: nothing more will come or go.
  bool lost() const { return tls_ != nullptr && tls_->lost(); }
  // No more will be sent, and the peer is told so behind what was.
  void ShutdownWrite();

 private:
  int fd_ = -1;
  ConnectionPermit permit_;
  std::unique_ptr<TlsStream> tls_;
};

}  // namespace edge
