#include "bench/net/socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr int kBacklog = 4096;

const sockaddr* Generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int NewSocket() {
  return Check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
}

}  // namespace

sockaddr_in ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) Fail("'{}' is not IP:PORT", text);
  std::string host(text.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    Fail("'{}' is no IPv4 address", host);
  }
  char* end = nullptr;
  const std::string port(text.substr(colon + 1));
  const unsigned long number = std::strtoul(port.c_str(), &end, 10);
  if (port.empty() || *end != '\0' || number > 65535) Fail("'{}' is no port", port);
  address.sin_port = htons(static_cast<uint16_t>(number));
  return address;
}

std::string FormatAddress(const sockaddr_in& address) {
  char host[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, ntohs(address.sin_port));
}

int Listen(const sockaddr_in& address) {
  const int fd = NewSocket();
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Check(::bind(fd, Generic(address), sizeof address), "bind");
  Check(::listen(fd, kBacklog), "listen");
  return fd;
}

sockaddr_in AddressOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Check(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return address;
}

int BeginConnect(const sockaddr_in& to, int source, int receive_buffer) {
  const int fd = NewSocket();
  SetNoDelay(fd);
  if (receive_buffer > 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    // The loopback's segments of 64 KB would give the server's socket a send buffer of megabytes.
    const int segment = 1448;
    ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  if (source > 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<uint32_t>(source));
    Check(::bind(fd, Generic(from), sizeof from), "bind to a source address");
  }
  if (::connect(fd, Generic(to), sizeof to) < 0 && errno != EINPROGRESS) {
    Fail("connect to {}: {}", FormatAddress(to), std::strerror(errno));
  }
  return fd;
}

int ConnectError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  Check(::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "getsockopt");
  return error;
}

void SetNoDelay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void CloseWithReset(int fd) {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(fd);
}

size_t RaiseDescriptorLimit() {
  rlimit limit{};
  Check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  Check(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  return limit.rlim_cur;
}

}  // namespace bench
