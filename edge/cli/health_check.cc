#include "edge/cli/health_check.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "edge/base/text.h"
#include "edge/config/address.h"

namespace edge {

absl::Status CheckHealth(const std::string& admin_address) {
  if (admin_address.empty()) return absl::InvalidArgumentError("admin.listen is off");
  const std::optional<Address> address = ParseAddress(admin_address);
  if (!address) return Error(absl::StatusCode::kInvalidArgument, "{} is no IP:PORT", admin_address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string host = address->host;
  // A listener on all addresses is asked on this machine's own.
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (::getaddrinfo(host.c_str(), std::to_string(address->port).c_str(), &hints, &found) != 0) {
    return Error(absl::StatusCode::kUnavailable, "{} cannot be resolved", admin_address);
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval two_seconds{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &two_seconds, sizeof two_seconds);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &two_seconds, sizeof two_seconds);
  const int connected = ::connect(fd, found->ai_addr, found->ai_addrlen);
  const int connect_error = errno;
  ::freeaddrinfo(found);
  errno = connect_error;
  constexpr std::string_view kRequest =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char answer[64] = {};
  ssize_t got = -1;
  if (connected == 0 && ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0) {
    got = ::recv(fd, answer, sizeof answer - 1, 0);
  }
  const std::string problem = got < 0 ? std::strerror(errno) : "not healthy";
  ::close(fd);
  if (std::string_view(answer).starts_with("HTTP/1.1 200")) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "{}: {}", admin_address, problem);
}

}  // namespace edge
