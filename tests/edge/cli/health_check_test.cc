#include "edge/cli/health_check.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace edge {
namespace {

// Answers one request with fixed bytes, on a port of the loopback that the system chose.
class OneAnswerServer {
 public:
  OneAnswerServer(int family, std::string answer) : answer_(std::move(answer)) {
    sockaddr_storage address{};
    socklen_t size = 0;
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof v4;
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = in6addr_loopback;
      size = sizeof v6;
    }
    listener_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    listening_ = listener_ >= 0 &&
                 ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                 ::listen(listener_, 1) == 0;
    if (!listening_) return;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(family == AF_INET ? reinterpret_cast<sockaddr_in&>(address).sin_port
                                    : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAnswerServer() {
    if (listening_) ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(listener_);
  }

  bool listening() const { return listening_; }
  std::string port() const { return std::to_string(port_); }

 private:
  void Serve() {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    char request[512];
    if (::recv(fd, request, sizeof request, 0) > 0) {
      ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
  }

  std::string answer_;
  int listener_ = -1;
  bool listening_ = false;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST(CheckHealthTest, ANodeThatAnswers200Lives) {
  OneAnswerServer server(AF_INET, "HTTP/1.1 200 OK\r\n\r\nok");
  ASSERT_TRUE(server.listening());
  EXPECT_EQ(CheckHealth("127.0.0.1:" + server.port()), absl::OkStatus());
}

TEST(CheckHealthTest, AListenerOnAllAddressesIsAskedOnTheLoopback) {
  OneAnswerServer server(AF_INET, "HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(server.listening());
  EXPECT_EQ(CheckHealth("0.0.0.0:" + server.port()), absl::OkStatus());
}

TEST(CheckHealthTest, Ipv6AddressesHaveBrackets) {
  OneAnswerServer server(AF_INET6, "HTTP/1.1 200 OK\r\n\r\n");
  if (!server.listening()) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_EQ(CheckHealth("[::1]:" + server.port()), absl::OkStatus());
}

TEST(CheckHealthTest, AnotherAnswerIsNotHealthy) {
  for (const char* answer : {"HTTP/1.1 503 Service Unavailable\r\n\r\n", "SSH-2.0\r\n", ""}) {
    OneAnswerServer server(AF_INET, answer);
    ASSERT_TRUE(server.listening());
    EXPECT_EQ(CheckHealth("127.0.0.1:" + server.port()).code(), absl::StatusCode::kUnavailable)
        << answer;
  }
}

TEST(CheckHealthTest, NobodyListeningIsNotHealthy) {
  // Bound, so that the port is nobody else's, but not listening.
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  EXPECT_EQ(CheckHealth("127.0.0.1:" + port).code(), absl::StatusCode::kUnavailable);
  ::close(fd);
}

TEST(CheckHealthTest, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:x", "::1:80"}) {
    EXPECT_EQ(CheckHealth(address).code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

}  // namespace
}  // namespace edge
