#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "edge/base/check.h"
#include "tests/support/test_client.h"

namespace edge {

// An upstream of bare sockets on a port of its own: `serve` gets each connection, on a thread of
// its own, and may misbehave in every way. Ends when its connections have: so after the proxy.
class TestUpstream {
 public:
  using Serve = std::function<void(TestClient&)>;

  explicit TestUpstream(Serve serve) : serve_(std::move(serve)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    GATEHOUSE_CHECK(::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) == 0, "no port");
    GATEHOUSE_CHECK(::listen(fd_, 64) == 0, "no listener");
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    acceptor_ = std::thread([this] { AcceptAll(); });
  }
  ~TestUpstream() {
    ::shutdown(fd_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : served_) thread.join();
    ::close(fd_);
  }

  const std::string& address() const { return address_; }
  int connections() const { return connections_.load(); }

 private:
  void AcceptAll() {
    while (true) {
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++connections_;
      served_.emplace_back([this, fd] {
        TestClient connection = TestClient::Accepted(fd);
        serve_(connection);
      });
    }
  }

  Serve serve_;
  int fd_;
  std::string address_;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> served_;
  std::thread acceptor_;
};

// An answer with a length.
inline std::string OkAnswer(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

}  // namespace edge
