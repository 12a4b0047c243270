#include "edge/transport/proxy_header_connection.h"

#include <sys/socket.h>

#include <cerrno>

#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"
#include "edge/wire/proxy_header.h"

namespace edge {

ProxyHeaderConnection::ProxyHeaderConnection(HttpGate& gate, Socket socket,
                                             std::string remote_address)
    : gate_(gate), socket_(std::move(socket)), remote_address_(std::move(remote_address)) {
  Shard& shard = gate_.hub().shard();
  shard.poller().Add(socket_.fd(), *this, EPOLLIN | EPOLLRDHUP);
  shard.wheel().Schedule(*this, shard.now_millis() + gate_.context().handshake_timeout_millis);
}

ProxyHeaderConnection::~ProxyHeaderConnection() {
  Shard& shard = gate_.hub().shard();
  if (socket_.fd() >= 0) shard.poller().Remove(socket_.fd(), *this);
  shard.wheel().Cancel(*this);
}

void ProxyHeaderConnection::OnDeadline() {
  gate_.Drop(*this);
}

void ProxyHeaderConnection::OnReady(uint32_t) {
  kOnShard.AssertHeld();
  const std::span<char> scratch = gate_.hub().shard().scratch().first(kMaxProxyHeader);
  const ssize_t got = ::recv(socket_.fd(), scratch.data(), scratch.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return gate_.Drop(*this);
  const size_t before = received_.size();
  received_.append(scratch.data(), static_cast<size_t>(got));
  const auto header = ParseProxyHeader(received_);
  if (!header.ok()) {
    gate_.hub().metrics().handshakes_refused.Add();
    return gate_.Drop(*this);
  }
  // What was only looked at is taken: all of it while the header is not whole.
  const size_t take = (header->has_value() ? (*header)->size : received_.size()) - before;
  if (::recv(socket_.fd(), scratch.data(), take, MSG_DONTWAIT) != static_cast<ssize_t>(take)) {
    return gate_.Drop(*this);
  }
  if (!header->has_value()) return;
  gate_.hub().shard().poller().Remove(socket_.fd(), *this);
  if (!(*header)->source.empty()) remote_address_ = (*header)->source;
  HttpGate& gate = gate_;
  gate.Begin(std::move(socket_), std::move(remote_address_));
  gate.Drop(*this);
  gate.ReadAccepted();
}

}  // namespace edge
