#include "edge/transport/gate_connection.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"
#include "edge/transport/http_request.h"

namespace edge {

GateConnection::GateConnection(HttpGate& gate, Socket socket, std::string remote_address)
    : gate_(gate), socket_(std::move(socket)), remote_address_(std::move(remote_address)) {
  Shard& shard = gate_.hub().shard();
  shard.wheel().Schedule(*this, shard.now_millis() + gate_.context().handshake_timeout_millis);
}

GateConnection::~GateConnection() {
  Shard& shard = gate_.hub().shard();
  if (watched_) shard.poller().Forget(*this);  // the socket is closed with this
  shard.wheel().Cancel(*this);
}

void GateConnection::OnDeadline() {
  gate_.Drop(*this);
}

bool GateConnection::Append(std::string_view bytes) {
  constexpr std::string_view kEndOfHead = "\r\n\r\n";
  const size_t from = received_.size() - std::min(received_.size(), kEndOfHead.size() - 1);
  received_.append(bytes);
  const bool worth = received_.find(kEndOfHead, from) != std::string::npos ||
                     received_.size() >= 2 * parsed_ ||
                     received_.size() >= gate_.context().max_header_size;
  if (worth) parsed_ = received_.size();
  return worth;
}

void GateConnection::OnReady(uint32_t events) {
  kOnShard.AssertHeld();
  if ((events & PollTarget::kWritable) != 0) {
    if (!socket_.FlushOutput()) return gate_.Drop(*this);
    Watch();
  }
  if ((events & PollTarget::kReadable) != 0) Read();
}

void GateConnection::Watch() {
  if (watched_ && socket_.blocked() == awaits_writable_) return;
  awaits_writable_ = socket_.blocked();
  const uint32_t events = EPOLLIN | EPOLLRDHUP | (awaits_writable_ ? uint32_t{EPOLLOUT} : 0);
  Poller& poller = gate_.hub().shard().poller();
  if (!watched_) {
    poller.Add(socket_.fd(), *this, events);
  } else {
    poller.Modify(socket_.fd(), *this, events);
  }
  watched_ = true;
}

Socket GateConnection::TakeSocket() {
  if (watched_) gate_.hub().shard().poller().Remove(socket_.fd(), *this);
  watched_ = false;
  return std::move(socket_);
}

void GateConnection::OnTlsFailed() {
  gate_.hub().metrics().tls_failures.Add();
  if (socket_.tls()->spoke_http()) {
    socket_.StopTls();
    gate_.Refuse(TakeSocket(),
                 absl::InvalidArgumentError("this port speaks TLS: wss:// or https://"));
  }
  gate_.Drop(*this);
}

void GateConnection::Read() {
  // What does not get its turn is told of again: readiness is level-triggered.
  if (socket_.handshaking() && !gate_.TakeTlsStep()) return Watch();
  const std::span<char> scratch = gate_.hub().shard().scratch();
  const ssize_t got = socket_.Receive(scratch);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Watch();
  if (got <= 0 && socket_.handshaking() && socket_.lost()) return OnTlsFailed();
  if (got <= 0) return gate_.Drop(*this);
  if (!Append({scratch.data(), static_cast<size_t>(got)})) return Watch();
  absl::StatusOr<std::optional<ParsedHead>> head =
      ParseHead(received_, gate_.context().max_header_size, gate_.context().hook_headers());
  if (head.ok() && !head->has_value()) return Watch();
  if (head.ok() && gate_.front() != nullptr) {
    gate_.front()->Begin(TakeSocket(), std::move(received_), std::move(remote_address_));
  } else if (head.ok()) {
    gate_.OnRequest(TakeSocket(), **head, received_.substr((*head)->size),
                    std::move(remote_address_));
  } else {
    gate_.Refuse(TakeSocket(), head.status());
  }
  gate_.Drop(*this);
}

}  // namespace edge
