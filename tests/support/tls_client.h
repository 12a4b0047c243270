#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/time.h>

#include <csignal>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/test_client.h"

namespace edge {

// A client that speaks TLS over a TestClient's socket, with OpenSSL's own socket handling. Trusts
// everybody. No read waits longer than ten seconds.
class TlsClient {
 public:
  // `version`: of TLS, exactly; 0: the newest both know.
  explicit TlsClient(const std::string& address, int version = 0) : TlsClient(version) {
    socket_.Connect(address);
    Prepare();
  }
  // Connects with a small receive buffer.
  static TlsClient Slow(const std::string& address) {
    TlsClient client(0);
    client.socket_.SetReceiveBuffer(4096);
    client.socket_.Connect(address);
    client.Prepare();
    return client;
  }

  // Whether the handshake succeeded.
  bool Handshake() { return SSL_connect(ssl_.get()) == 1; }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  // The certificate's common name.
  std::string PeerName() const {
    const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl_.get()),
                                                           X509_free);
    char name[256] = {};
    if (peer == nullptr) return "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name, sizeof name);
    return name;
  }
  bool Send(std::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  bool Say(std::string_view text) { return Send(MakeMaskedFrame(Opcode::kText, text, 0x1badcafe)); }
  // Reads until `end` stands in what came; empty: the connection ended before.
  std::string ReadUntil(std::string_view end) {
    size_t found;
    while ((found = received_.find(end)) == std::string::npos) {
      if (!ReadMore()) return "";
    }
    std::string taken = received_.substr(0, found + end.size());
    received_.erase(0, taken.size());
    return taken;
  }
  // The payload of the next frame, which is whole and unmasked; empty at the end.
  std::string ReadFrame() {
    while (true) {
      const size_t header = HeaderSize();
      if (header > 0 && received_.size() >= header + PayloadSize()) {
        const size_t size = PayloadSize();
        std::string payload = received_.substr(header, size);
        received_.erase(0, header + size);
        return payload;
      }
      if (!ReadMore()) return "";
    }
  }
  // Whether the peer ends the connection as TLS has it, with close_notify before the FIN.
  bool ReadCloseNotify() {
    while (ReadMore()) {
    }
    return SSL_get_error(ssl_.get(), last_) == SSL_ERROR_ZERO_RETURN;
  }
  SSL* ssl() { return ssl_.get(); }
  TestClient& socket() { return socket_; }

 private:
  explicit TlsClient(int version) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to its sockets without MSG_NOSIGNAL
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), version == 0 ? TLS1_VERSION : version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    ssl_.reset(SSL_new(context_.get()));
  }
  void Prepare() {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_set_fd(ssl_.get(), socket_.fd());
  }
  bool ReadMore() {
    char buffer[65536];
    last_ = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (last_ <= 0) return false;
    received_.append(buffer, static_cast<size_t>(last_));
    return true;
  }
  // Of the first frame received; 0: not whole yet.
  size_t HeaderSize() const {
    if (received_.size() < 2) return 0;
    const size_t size = received_[1] == 126 ? 4 : received_[1] == 127 ? 10 : 2;
    return received_.size() >= size ? size : 0;
  }
  size_t PayloadSize() const {
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(received_[at]); };
    if (byte(1) < 126) return byte(1);
    size_t size = 0;
    for (size_t i = 2; i < HeaderSize(); ++i) size = size << 8 | byte(i);
    return size;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  TestClient socket_;  // outlives the connection over it
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  std::string received_;
  int last_ = 0;
};

}  // namespace edge
