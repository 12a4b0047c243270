#include "bench/load/byte_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "bench/net/fail.h"

namespace bench {
namespace {

// What recv() or send() would have returned, after an SSL_read() or SSL_write() that failed.
ssize_t AsErrno(SSL* tls, int result) {
  switch (::SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      errno = ECONNRESET;
      return -1;
  }
}

}  // namespace

std::unique_ptr<SSL_CTX, FreeTls> MakeTlsContext() {
  std::unique_ptr<SSL_CTX, FreeTls> context(::SSL_CTX_new(::TLS_client_method()));
  if (context == nullptr) Fail("no TLS context could be made");
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  ::SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // One recv() takes several records; an idle connection keeps no buffer.
  ::SSL_CTX_set_read_ahead(context.get(), 1);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

void ByteStream::StartTls(SSL_CTX& context) {
  tls_.reset(::SSL_new(&context));
  if (tls_ == nullptr || ::SSL_set_fd(tls_.get(), fd_) != 1) Fail("no TLS session could be made");
  ::SSL_set_connect_state(tls_.get());
}

ByteStream::Handshake ByteStream::Continue() {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(tls_.get());
  if (result == 1) return Handshake::kDone;
  const int error = ::SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return Handshake::kWantsRead;
  if (error == SSL_ERROR_WANT_WRITE) return Handshake::kWantsWrite;
  char reason[256] = "the server closed";
  if (const unsigned long code = ::ERR_get_error()) ::ERR_error_string_n(code, reason, 256);
  Fail("a TLS handshake failed: {}", reason);
}

ssize_t ByteStream::Read(std::span<char> into) {
  if (tls_ == nullptr) return ::recv(fd_, into.data(), into.size(), 0);
  // OpenSSL holds bytes that the descriptor does not tell of any more: all are taken now.
  size_t have = 0;
  do {
    ::ERR_clear_error();
    const auto room = static_cast<int>(std::min<size_t>(into.size() - have, INT_MAX));
    const int got = ::SSL_read(tls_.get(), into.data() + have, room);
    if (got <= 0) {
      // The end comes again at the next call.
      return have > 0 ? static_cast<ssize_t>(have) : AsErrno(tls_.get(), got);
    }
    have += static_cast<size_t>(got);
  } while (have < into.size() && ::SSL_has_pending(tls_.get()) == 1);
  return static_cast<ssize_t>(have);
}

ssize_t ByteStream::Write(std::string_view bytes) {
  if (tls_ == nullptr) return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ::ERR_clear_error();
  const int sent = ::SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return sent > 0 ? sent : AsErrno(tls_.get(), sent);
}

void ByteStream::Close(bool reset) {
  if (fd_ < 0) return;
  tls_.reset();
  if (reset) {
    CloseWithReset(fd_);
  } else {
    ::close(fd_);
  }
  fd_ = -1;
}

}  // namespace bench
