#include "edge/proxy/upstream_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "edge/base/text.h"
#include "edge/proxy/upstream_pool.h"

namespace edge {

UpstreamConnection::UpstreamConnection(UpstreamPool& pool, size_t group, size_t endpoint,
                                       Socket socket, bool connecting)
    : pool_(pool),
      socket_(std::move(socket)),
      group_(group),
      endpoint_(endpoint),
      watched_(connecting ? EPOLLOUT : EPOLLIN),
      connecting_(connecting) {
  pool_.shard().poller().Add(socket_.fd(), *this, watched_);
}

UpstreamConnection::~UpstreamConnection() {
  pool_.shard().poller().Remove(socket_.fd(), *this);
  pool_.shard().wheel().Cancel(*this);
}

void UpstreamConnection::Watch(uint32_t events) {
  if (events == watched_) return;
  Poller& poller = pool_.shard().poller();
  // The end of a connection is told of whatever is watched, again and again: unless nothing is.
  if (events == 0) {
    poller.Remove(socket_.fd(), *this);
  } else if (watched_ == 0) {
    poller.Add(socket_.fd(), *this, events);
  } else {
    poller.Modify(socket_.fd(), *this, events);
  }
  watched_ = events;
}

void UpstreamConnection::OnReady(uint32_t events) {
  if (user_ != nullptr) return user_->OnUpstreamReady(events);
  pool_.DropIdle(*this);
}

void UpstreamConnection::OnDeadline() {
  pool_.DropIdle(*this);
}

absl::Status UpstreamConnection::Advance() {
  const UpstreamGroup& group = pool_.group(group_);
  if (socket_.tls() == nullptr) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return absl::AbortedError(std::strerror(error));
    connecting_ = group.tls != nullptr;
    if (connecting_) {
      socket_.StartTls(pool_.tls_io(), *group.tls, group.endpoints[endpoint_].server_name);
    }
    return absl::OkStatus();
  }
  if (!socket_.FlushOutput()) return absl::AbortedError("it closed the connection");
  const ssize_t got = socket_.Receive(pool_.shard().scratch());
  if (got >= 0 || socket_.lost() || (errno != EAGAIN && errno != EINTR)) {
    const std::string_view problem = socket_.tls()->verify_problem();
    return Error(absl::StatusCode::kAborted, "no TLS with it{}{}", problem.empty() ? "" : ": ",
                 problem);
  }
  connecting_ = socket_.handshaking();
  return absl::OkStatus();
}

void UpstreamConnection::WatchConnecting() {
  const bool secures = socket_.tls() != nullptr;
  const bool out = !secures || socket_.blocked();
  Watch((secures ? uint32_t{EPOLLIN} : 0U) | (out ? uint32_t{EPOLLOUT} : 0U));
}

bool UpstreamConnection::StillOpen() const {
  char byte;
  const ssize_t got = ::recv(socket_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && errno == EAGAIN;
}

}  // namespace edge
