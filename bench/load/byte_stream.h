#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string_view>

#include "bench/net/socket.h"

namespace bench {

struct FreeTls {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  void operator()(SSL* session) const { ::SSL_free(session); }
};

// What all TLS connections of the load share: TLS 1.2 or 1.3, no resumption, so that every
// handshake is a whole one. The server's certificate is not verified: it was made for the run.
std::unique_ptr<SSL_CTX, FreeTls> MakeTlsContext();

// The bytes of one connection: a socket, or TLS over it. Never blocks.
class ByteStream {
 public:
  enum class Handshake { kDone, kWantsRead, kWantsWrite };

  ByteStream() = default;
  ~ByteStream() { Close(false); }
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // Takes the socket over.
  void Open(int fd) { fd_ = fd; }
  // When the socket is connected: TLS from here on. Continue() until it is done; a handshake that
  // the server refuses ends the tool.
  void StartTls(SSL_CTX& context);
  Handshake Continue();

  int fd() const { return fd_; }
  // As recv() and send(): bytes, 0 at the end, -1 with errno.
  ssize_t Read(std::span<char> into);
  ssize_t Write(std::string_view bytes);
  // Twice is once. `reset`: leaves no port in TIME_WAIT.
  void Close(bool reset);

 private:
  int fd_ = -1;
  std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace bench
