#include "edge/transport/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"

namespace edge {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr int kBacklog = 4096;
constexpr int64_t kPauseMillis = 1000;

std::string FormatAddress(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    char host[INET6_ADDRSTRLEN] = {};
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  const uint32_t ip = ntohl(v4.sin_addr.s_addr);
  // Not inet_ntop, which is sprintf: one for each handshake.
  return fmt::format("{}.{}.{}.{}:{}", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255,
                     ntohs(v4.sin_port));
}

struct Resolved {
  sockaddr_storage address{};
  socklen_t size = 0;
};

absl::StatusOr<Resolved> Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "'{}' is not HOST:PORT", address);
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                  address.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) {
    return Error(absl::StatusCode::kUnavailable, "'{}': {}", address, ::gai_strerror(error));
  }
  Resolved resolved;
  std::memcpy(&resolved.address, found->ai_addr, found->ai_addrlen);
  resolved.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return resolved;
}

// A bound socket, or -1 with errno. Without `share` it tells whether somebody else has the port.
int Bind(const Resolved& at, bool share) {
  const int fd = ::socket(at.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (share) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at.address), at.size) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

absl::Status BindError(const std::string& address) {
  if (errno == EADDRINUSE) {
    return Error(absl::StatusCode::kUnavailable,
                 "{} is taken by another program; end it, or choose another with client.listen",
                 address);
  }
  return Error(absl::StatusCode::kUnavailable, "{}: {}", address, std::strerror(errno));
}

}  // namespace

absl::StatusOr<ListenSockets> OpenListenSockets(const std::string& address, size_t count) {
  ASSIGN_OR_RETURN(Resolved at, Resolve(address));
  // SO_REUSEPORT would quietly share the port with another process: asked without it first.
  const int probe = Bind(at, false);
  if (probe < 0 || ::listen(probe, 1) != 0) {
    const absl::Status status = BindError(address);
    if (probe >= 0) ::close(probe);
    return status;
  }
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&at.address), &at.size);
  ::close(probe);
  ListenSockets sockets;
  for (size_t i = 0; i < count; ++i) {
    const int fd = Bind(at, true);
    if (fd < 0 || ::listen(fd, kBacklog) != 0) {
      const absl::Status status = BindError(address);
      if (fd >= 0) ::close(fd);
      for (const int open : sockets.fds) ::close(open);
      return status;
    }
    sockets.fds.push_back(fd);
  }
  sockets.address = FormatAddress(at.address);
  return sockets;
}

Listener::~Listener() {
  Stop();
}

void Listener::Start() {
  // Linux hands both on to the sockets that it accepts.
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (const int bytes = gate_.context().send_buffer_size; bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  gate_.hub().shard().poller().Add(fd_, *this, EPOLLIN);
}

void Listener::Stop() {
  if (fd_ < 0) return;
  Shard& shard = gate_.hub().shard();
  if (!paused_) shard.poller().Remove(fd_, *this);
  shard.wheel().Cancel(*this);
  ::close(fd_);
  fd_ = -1;
}

void Listener::Pause(int error) {
  if (!said_) {
    LogWarn("accepting paused", {{"reason", std::strerror(error)},
                                 {"do", "raise LimitNOFILE, or lower client.max_connections"}});
  }
  said_ = paused_ = true;
  Shard& shard = gate_.hub().shard();
  shard.poller().Remove(fd_, *this);
  shard.wheel().Schedule(*this, shard.now_millis() + kPauseMillis);
}

void Listener::OnDeadline() {
  paused_ = false;
  Start();
}

void Listener::OnReady(uint32_t) {
  kOnShard.AssertHeld();
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd =
        ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const bool out_of_resources =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (out_of_resources) Pause(errno);
      break;
    }
    said_ = false;
    gate_.OnAccepted(fd, FormatAddress(peer));
  }
  gate_.ReadAccepted();
}

}  // namespace edge
