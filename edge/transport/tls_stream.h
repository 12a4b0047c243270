#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct bio_st;
struct ssl_ctx_st;
struct ssl_st;

namespace edge {

class TlsStream;

// What the TLS connections of one shard share: the buffers that records are read into and packed
// in, and the BIO between OpenSSL and whichever of them is being served. Belongs to its shard.
class TlsIo {
 public:
  TlsIo();
  ~TlsIo();
  TlsIo(const TlsIo&) = delete;
  TlsIo& operator=(const TlsIo&) = delete;

 private:
  friend class TlsStream;
  struct Bio;  // OpenSSL's callbacks

  static constexpr size_t kReadSize = 64 * size_t{1024};
  static constexpr size_t kRecordSize = 16 * size_t{1024};

  std::unique_ptr<char[]> received_;  // kReadSize
  std::unique_ptr<char[]> packed_;    // kRecordSize
  bio_st* bio_ = nullptr;
  TlsStream* served_ = nullptr;
  std::span<const char> input_;  // of what was received, what OpenSSL has not taken
};

// TLS of one socket: a client's, or an upstream's, to which we are the client. OpenSSL never
// touches the descriptor: one recv() brings many records, a record is sent from where it was
// encrypted, and only what the kernel has no room for is kept. Idle it holds no buffer but a record
// that has not come whole. Belongs to its connection, on its shard.
class TlsStream {
 public:
  TlsStream(TlsIo& io, ssl_ctx_st& context, int fd);
  // As the client: the peer's certificate has to be for `server_name`, a name or an address, if the
  // context verifies it. Sends the first message of the handshake, once connected.
  TlsStream(TlsIo& io, ssl_ctx_st& context, int fd, const std::string& server_name);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // As recv(MSG_DONTWAIT): bytes in clear; 0 at the peer's end; -1 and errno, EAGAIN: nothing yet.
  // Everything that has come whole is returned: nothing waits inside that no event would tell of.
  // Does the handshake on the way. `into` has at least 32 KiB.
  ssize_t Read(std::span<char> into);
  // As sendmsg(MSG_DONTWAIT): packs what is given into one record of at most 16 KiB and returns how
  // much it took; that is sent, or kept and `blocked`, in which case nothing may be written until
  // FlushOutput has made way.
  ssize_t Write(std::span<const iovec> buffers);
  // Sends what was kept. False: the connection is lost.
  bool FlushOutput();
  // Records wait for the socket to be writable.
  bool blocked() const { return !kept_.empty(); }
  // No more will be written: tells the peer (close_notify, then TCP's FIN behind what is kept).
  void ShutdownWrite();

  bool handshaking() const;
  // As the client, what was wrong with the peer's certificate; empty: nothing was.
  std::string_view verify_problem() const;
  // Broken for good: the peer sent no TLS, or the socket failed.
  bool lost() const { return lost_; }
  // What came first was a plain HTTP request; nothing was sent yet.
  bool spoke_http() const { return spoke_http_; }

 private:
  friend struct TlsIo::Bio;
  ssize_t Decrypt(std::span<const char> received, std::span<char> into);
  // False: the connection is lost.
  bool Emit(std::string_view records);

  TlsIo& io_;
  ssl_st* ssl_;
  int fd_;
  std::string kept_;  // records the kernel had no room for
  bool shut_ = false;
  bool lost_ = false;
  bool spoke_http_ = false;
};

}  // namespace edge
