#include "edge/transport/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "edge/base/check.h"

namespace edge {
namespace {

// A record's plain text, and what may stand round it.
constexpr size_t kMostOfRecord = 17 * size_t{1024};
// Answers that OpenSSL makes by itself (to key updates) for a peer that does not read them.
constexpr size_t kMostKept = 256 * size_t{1024};
constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

}  // namespace

// One BIO serves all streams of a shard (measured: a pair for each costs 500 bytes a connection).
struct TlsIo::Bio {
  static TlsIo& Of(BIO* bio) { return *static_cast<TlsIo*>(BIO_get_data(bio)); }

  static int Read(BIO* bio, char* out, int size) {
    TlsIo& io = Of(bio);
    BIO_clear_retry_flags(bio);
    const size_t taken = std::min(io.input_.size(), static_cast<size_t>(std::max(size, 0)));
    if (taken == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(out, io.input_.data(), taken);
    io.input_ = io.input_.subspan(taken);
    return static_cast<int>(taken);
  }
  static int Write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const bool sent = Of(bio).served_->Emit({bytes, static_cast<size_t>(size)});
    return sent ? size : -1;
  }
  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "shard");
      BIO_meth_set_read(made, Read);
      BIO_meth_set_write(made, Write);
      BIO_meth_set_ctrl(made, Control);
      return made;
    }();
    return method;
  }
};

TlsIo::TlsIo()
    : received_(std::make_unique_for_overwrite<char[]>(kReadSize)),
      packed_(std::make_unique_for_overwrite<char[]>(kRecordSize)),
      bio_(BIO_new(Bio::Method())) {
  GATEHOUSE_CHECK(bio_ != nullptr, "OpenSSL has no memory for a BIO");
  BIO_set_data(bio_, this);
  BIO_set_init(bio_, 1);
}

TlsIo::~TlsIo() {
  BIO_free(bio_);
}

TlsStream::TlsStream(TlsIo& io, ssl_ctx_st& context, int fd)
    : io_(io), ssl_(SSL_new(&context)), fd_(fd) {
  GATEHOUSE_CHECK(ssl_ != nullptr, "OpenSSL has no memory for a connection");
  BIO_up_ref(io_.bio_);  // one for both: SSL_set_bio(3)
  SSL_set_bio(ssl_, io_.bio_, io_.bio_);
  SSL_set_accept_state(ssl_);
}

TlsStream::TlsStream(TlsIo& io, ssl_ctx_st& context, int fd, const std::string& server_name)
    : TlsStream(io, context, fd) {
  SSL_set_connect_state(ssl_);
  X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_);
  // An address is no server name for SNI (RFC 6066 section 3).
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, server_name.c_str()) != 1) {
    SSL_set_tlsext_host_name(ssl_, server_name.c_str());
    X509_VERIFY_PARAM_set1_host(rules, server_name.c_str(), server_name.size());
  }
  io_.served_ = this;
  SSL_do_handshake(ssl_);
  io_.served_ = nullptr;
  ERR_clear_error();
}

TlsStream::~TlsStream() {
  SSL_free(ssl_);
}

bool TlsStream::handshaking() const {
  return SSL_is_init_finished(ssl_) == 0;
}

std::string_view TlsStream::verify_problem() const {
  const long result = SSL_get_verify_result(ssl_);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

bool TlsStream::Emit(std::string_view records) {
  if (lost_) return false;
  if (kept_.empty()) {
    const ssize_t sent = ::send(fd_, records.data(), records.size(), kSendFlags);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      lost_ = true;
      return false;
    }
    records.remove_prefix(static_cast<size_t>(std::max<ssize_t>(sent, 0)));
  }
  kept_.append(records);
  lost_ = kept_.size() > kMostKept;
  return !lost_;
}

bool TlsStream::FlushOutput() {
  size_t sent = 0;
  while (sent < kept_.size()) {
    const ssize_t some = ::send(fd_, kept_.data() + sent, kept_.size() - sent, kSendFlags);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0 && errno != EAGAIN) lost_ = true;
    if (some < 0) break;
    sent += static_cast<size_t>(some);
  }
  kept_.erase(0, sent);
  if (!kept_.empty()) return !lost_;
  kept_.shrink_to_fit();
  if (shut_) ::shutdown(fd_, SHUT_WR);
  return !lost_;
}

ssize_t TlsStream::Read(std::span<char> into) {
  // All that one recv() brings, with the record that was unfinished before, fits into `into`.
  const size_t most = std::min(into.size() - kMostOfRecord, TlsIo::kReadSize);
  const ssize_t got = ::recv(fd_, io_.received_.get(), most, MSG_DONTWAIT);
  if (got <= 0) return got;
  return Decrypt({io_.received_.get(), static_cast<size_t>(got)}, into);
}

ssize_t TlsStream::Decrypt(std::span<const char> received, std::span<char> into) {
  // The queue of errors is the thread's: another connection's must not be taken for ours.
  ERR_clear_error();
  io_.served_ = this;
  io_.input_ = received;
  size_t total = 0;
  int error = SSL_ERROR_NONE;
  while (error == SSL_ERROR_NONE && total < into.size()) {
    const int some = SSL_read(ssl_, into.data() + total, static_cast<int>(into.size() - total));
    if (some > 0) {
      total += static_cast<size_t>(some);
    } else {
      error = SSL_get_error(ssl_, some);
    }
  }
  io_.served_ = nullptr;
  io_.input_ = {};
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN) {
    lost_ = true;
    spoke_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    ERR_clear_error();
  }
  if (total > 0) return static_cast<ssize_t>(total);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = lost_ ? EPROTO : EAGAIN;
  return -1;
}

ssize_t TlsStream::Write(std::span<const iovec> buffers) {
  std::span<const char> plain;
  if (buffers.size() == 1) {
    const size_t size = std::min(buffers[0].iov_len, TlsIo::kRecordSize);
    plain = {static_cast<const char*>(buffers[0].iov_base), size};
  } else {
    size_t size = 0;
    for (const iovec& buffer : buffers) {
      const size_t some = std::min(buffer.iov_len, TlsIo::kRecordSize - size);
      std::memcpy(io_.packed_.get() + size, buffer.iov_base, some);
      size += some;
      if (size == TlsIo::kRecordSize) break;
    }
    plain = {io_.packed_.get(), size};
  }
  ERR_clear_error();
  io_.served_ = this;
  const int written = SSL_write(ssl_, plain.data(), static_cast<int>(plain.size()));
  io_.served_ = nullptr;
  if (written > 0) return written;
  lost_ = true;
  ERR_clear_error();
  errno = EPROTO;
  return -1;
}

void TlsStream::ShutdownWrite() {
  ERR_clear_error();
  io_.served_ = this;
  if (!lost_ && !handshaking()) SSL_shutdown(ssl_);
  io_.served_ = nullptr;
  ERR_clear_error();
  shut_ = true;
  if (kept_.empty()) ::shutdown(fd_, SHUT_WR);
}

}  // namespace edge
