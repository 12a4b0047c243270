#include "edge/proxy/proxy_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "edge/base/log.h"
#include "edge/hub/hub.h"
#include "edge/proxy/proxy_front.h"
#include "edge/transport/http_answer.h"
#include "edge/transport/http_request.h"

namespace edge {
namespace {

// Requests answered at once that one event goes on with: others wait for their turn.
constexpr int kStepsPerEvent = 16;

std::string ErrorBody(const Refusal& refusal) {
  std::string body = fmt::format("{{\"error\":{{\"code\":\"{}\",\"message\":\"", refusal.code);
  AppendJsonEscaped(refusal.message, body);
  return body + "\"}}\n";
}

}  // namespace

ProxyConnection::ProxyConnection(ProxyFront& front, Socket socket, std::string received,
                                 std::string remote_address)
    : front_(front),
      socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      peer_{.address = std::string(HostOfAddress(remote_address_)),
            .trusted = front.Trusts(remote_address_),
            .tls = socket_.tls() != nullptr},
      input_(std::move(received)),
      since_millis_(front.shard().now_millis()),
      watched_(EPOLLIN | EPOLLRDHUP) {
  front_.shard().poller().Add(socket_.fd(), *this, watched_);
}

ProxyConnection::~ProxyConnection() {
  exchange_.reset();
  if (socket_.fd() >= 0) front_.shard().poller().Remove(socket_.fd(), *this);
  front_.shard().wheel().Cancel(*this);
}

void ProxyConnection::Start() {
  Settle();
}

void ProxyConnection::OnReady(uint32_t events) {
  kOnShard.AssertHeld();
  // It was reset; or both directions are over, and nobody waits for what is still to be read.
  if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && !WantsInput())) lost_ = true;
  if (!lost_ && (events & EPOLLOUT) != 0) Flush();
  if (!lost_ && (events & PollTarget::kReadable) != 0) {
    if (WantsInput()) {
      Read();
    } else {
      disarm_ = true;
    }
  }
  Settle();
}

void ProxyConnection::OnUpstreamReady(uint32_t events) {
  kOnShard.AssertHeld();
  exchange_->OnUpstreamReady(events);
  Settle();
}

void ProxyConnection::OnDeadline() {
  kOnShard.AssertHeld();
  if (front_.shard().now_millis() >= Due()) {
    if (exchange_ != nullptr && !closing_) {
      exchange_->OnDue();
    } else {
      lost_ = true;
    }
  }
  Settle();
}

int64_t ProxyConnection::Due() const {
  const ProxyContext& context = front_.context();
  if (exchange_ != nullptr && !closing_) return exchange_->due_millis();
  if (closing_ || file_ != nullptr || !output_.empty()) {
    return since_millis_ + context.idle_timeout_millis;
  }
  if (!input_.empty()) return since_millis_ + front_.gate().context().handshake_timeout_millis;
  return since_millis_ + context.keep_alive_millis;
}

void ProxyConnection::ArmTimer() {
  // Deadlines mostly move away: the timer follows when it is due.
  const int64_t due = Due();
  if (scheduled() && armed_millis_ <= due) return;
  armed_millis_ = due;
  front_.shard().wheel().Schedule(*this, due);
}

bool ProxyConnection::WantsInput() const {
  if (closing_ || lost_ || file_ != nullptr) return false;
  return exchange_ == nullptr ? output_.empty() : exchange_->WantsClientBytes();
}

void ProxyConnection::Read() {
  const std::span<char> scratch = front_.shard().scratch();
  const ssize_t got = socket_.Receive(scratch);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0 || (got == 0 && exchange_ == nullptr)) {
    lost_ = true;
    return;
  }
  if (got == 0) {
    exchange_->OnClientEnd();
    return;
  }
  std::span<char> bytes = scratch.first(static_cast<size_t>(got));
  if (exchange_ != nullptr) {
    bytes = bytes.subspan(exchange_->OnClientBytes(bytes));
  } else if (input_.empty()) {
    since_millis_ = front_.shard().now_millis();
  }
  input_.append(bytes.data(), bytes.size());
  fresh_input_ |= !bytes.empty();
  // TLS is broken behind what was read: no event would tell.
  if (socket_.lost()) lost_ = true;
}

void ProxyConnection::Flush() {
  const uint64_t before = output_.total_sent();
  if (!output_.Flush(socket_)) lost_ = true;
  if (output_.total_sent() > before) {
    since_millis_ = front_.shard().now_millis();
    if (exchange_ != nullptr) exchange_->OnProgress();
  }
  if (exchange_ != nullptr && !output_.waits(socket_)) exchange_->OnClientWritable();
}

void ProxyConnection::Send(std::span<iovec> parts) {
  if (lost_) return;
  since_millis_ = front_.shard().now_millis();
  if (!output_.Write(socket_, parts)) lost_ = true;
}

void ProxyConnection::Refuse(const Refusal& refusal) {
  if (refusal.status < 500) front_.metrics().proxy_refused.Add();
  const std::string body = ErrorBody(refusal);
  const std::string_view again = refusal.status == 503 ? "Retry-After: 1\r\n" : "";
  std::string answer = MakeHttpAnswer(refusal.status, "application/json", body, again);
  if (head_only_) answer.resize(answer.size() - body.size());
  iovec part{answer.data(), answer.size()};
  Send({&part, 1});
  closing_ = true;
}

void ProxyConnection::Abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  lost_ = true;
}

void ProxyConnection::AwaitHead() {
  looked_ = input_.size();
  // Whoever ends lines with LF alone would wait for an answer, and we for the end of the head.
  if (EndsLineBare(input_)) {
    Refuse({400, "bad_request", "a line that ends with LF alone"});
  } else if (input_.size() >= front_.gate().context().max_header_size) {
    Refuse({431, "headers_too_large",
            fmt::format("the headers are over {} bytes (client.max_header_size)",
                        front_.gate().context().max_header_size)});
  }
}

void ProxyConnection::NextRequest() {
  fresh_input_ = false;
  head_only_ = false;
  // RFC 9112 section 2.2: an empty line before a request is passed over.
  if (input_.starts_with("\r\n")) input_.erase(0, 2);
  const size_t from = looked_ - std::min<size_t>(looked_, 3);
  const size_t found = HeadSize(std::string_view(input_).substr(std::min(from, input_.size())));
  const size_t size = found == 0 ? 0 : from + found;
  if (size == 0) return AwaitHead();
  looked_ = 0;
  const size_t limit = front_.gate().context().max_header_size;
  if (size > limit) {
    return Refuse({431, "headers_too_large",
                   fmt::format("the headers are over {} bytes (client.max_header_size)", limit)});
  }
  RequestHead request;
  if (const auto refusal = ParseRequestHead(std::string_view(input_).substr(0, size), request)) {
    return Refuse(*refusal);
  }
  head_only_ = request.IsHead();
  Dispatch(request, size);
}

void ProxyConnection::Dispatch(const RequestHead& request, size_t head_size) {
  const auto path = NormalPath(request.path);
  if (!path) {
    return Refuse({400, "bad_request", "the path leaves its root or cannot be decoded"});
  }
  const Route* const route = front_.context().routes.Match(request, *path);
  if (route == nullptr || route->target == Route::Target::kGatehouse) return HandToGate(request);
  switch (route->target) {
    case Route::Target::kRedirect:
      return Redirect(*route, request, head_size);
    case Route::Target::kFolder:
      return SendFile(*route, request, *path, head_size);
    default:
      if (request.max_forwards == 0) return AnswerOptions(request, head_size);
      return SendThrough(*route, request, head_size);
  }
}

void ProxyConnection::HandToGate(const RequestHead& request) {
  const std::string client = ClientOf(peer_, front_.context().trusted, request);
  auto head = ParseHead(input_, front_.gate().context().max_header_size,
                        front_.gate().context().hook_headers());
  front_.shard().poller().Remove(socket_.fd(), *this);
  gone_ = true;
  if (!head.ok() || !head->has_value()) {
    return front_.gate().Refuse(
        std::move(socket_),
        head.ok() ? absl::InvalidArgumentError("not an HTTP request") : head.status());
  }
  front_.gate().OnRequest(std::move(socket_), **head, input_.substr((*head)->size),
                          client == peer_.address ? remote_address_ : client);
}

void ProxyConnection::SendThrough(const Route& route, const RequestHead& request,
                                  size_t head_size) {
  const uint64_t limit = front_.context().max_body_size;
  if (limit > 0 && request.body == BodyKind::kLength && request.length > limit) {
    return Refuse({413, "body_too_large",
                   fmt::format("the body is {} bytes, the limit is {} (proxy.max_body_size)",
                               request.length, limit)});
  }
  exchange_ = std::make_unique<Exchange>(*this, route, request);
  const std::span<char> rest = std::span(input_).subspan(head_size);
  input_.erase(0, head_size + exchange_->OnClientBytes(rest));
  if (input_.empty()) std::string().swap(input_);
  exchange_->Start();
}

bool ProxyConnection::StaysAfter(const RequestHead& request) const {
  const bool no_body =
      request.body == BodyKind::kNone || (request.body == BodyKind::kLength && request.length == 0);
  return request.keep_alive && !front_.draining() && no_body;
}

// RFC 9110 section 7.6.2: whoever finds no hop left is the one that was asked.
void ProxyConnection::AnswerOptions(const RequestHead& request, size_t head_size) {
  const bool keep_alive = StaysAfter(request);
  std::string answer =
      fmt::format("HTTP/1.1 200 OK\r\nServer: gatehouse\r\nContent-Length: 0\r\n{}\r\n",
                  keep_alive ? "" : "Connection: close\r\n");
  iovec part{answer.data(), answer.size()};
  Send({&part, 1});
  input_.erase(0, head_size);
  EndAnswer(keep_alive);
}

void ProxyConnection::Redirect(const Route& route, const RequestHead& request, size_t head_size) {
  const bool keep_alive = StaysAfter(request);
  std::string answer = fmt::format(
      "HTTP/1.1 {} Redirect\r\nServer: gatehouse\r\nLocation: {}{}\r\nContent-Length: 0\r\n{}\r\n",
      route.redirect_status, route.redirect, route.append_path ? request.path : "",
      keep_alive ? "" : "Connection: close\r\n");
  iovec part{answer.data(), answer.size()};
  Send({&part, 1});
  input_.erase(0, head_size);
  EndAnswer(keep_alive);
}

void ProxyConnection::SendFile(const Route& route, const RequestHead& request,
                               std::string_view path, size_t head_size) {
  if (request.method != "GET" && request.method != "HEAD") {
    return Refuse({405, "method_not_allowed", "only GET and HEAD are served here"});
  }
  auto file = std::make_unique<FileAnswer>(route, path);
  if (!file->ok()) return Refuse({404, "not_found", "there is no such file"});
  const bool keep_alive =
      request.keep_alive && !front_.draining() && request.body == BodyKind::kNone;
  std::string head = file->Head(request, keep_alive);
  iovec part{head.data(), head.size()};
  Send({&part, 1});
  input_.erase(0, head_size);
  file_ = std::move(file);
}

void ProxyConnection::EndAnswer(bool keep_alive) {
  exchange_.reset();
  file_.reset();
  since_millis_ = front_.shard().now_millis();
  fresh_input_ = !input_.empty();
  if (!keep_alive) closing_ = true;
}

bool ProxyConnection::Step() {
  if (lost_ || gone_ || closing_) return false;
  if (exchange_ != nullptr) {
    if (exchange_->done()) {
      EndAnswer(exchange_->keep_alive());
      return true;
    }
    // The first bytes of a tunnel, which came ahead of the answer.
    if (input_.empty() || !exchange_->WantsClientBytes()) return false;
    input_.erase(0, exchange_->OnClientBytes(std::span(input_)));
    return true;
  }
  if (output_.waits(socket_)) return false;
  if (file_ != nullptr) {
    const std::span<char> scratch = front_.shard().scratch();
    const ssize_t got = file_->Read(scratch);
    if (got < 0) {
      Abort();
    } else if (got == 0) {
      EndAnswer(file_->keep_alive());
    } else {
      iovec part{scratch.data(), static_cast<size_t>(got)};
      Send({&part, 1});
    }
    return true;
  }
  if (!fresh_input_ || input_.empty()) return false;
  NextRequest();
  return true;
}

void ProxyConnection::Settle() {
  int steps = 0;
  while (steps < kStepsPerEvent && Step()) ++steps;
  if (closing_ && !lost_ && !gone_ && !output_.waits(socket_)) {
    exchange_.reset();
    front_.shard().poller().Remove(socket_.fd(), *this);
    // The gate ends it so that the client can read what was sent.
    front_.gate().Answer(std::move(socket_), "");
    gone_ = true;
  }
  if (lost_ || gone_) return front_.gate().Drop(*this);
  if (ends_output_ && !output_.waits(socket_)) {
    ends_output_ = false;
    socket_.ShutdownWrite();
  }
  WatchSocket();
  // Steps are left: the socket's being writable brings the turn in which they are taken.
  if (steps == kStepsPerEvent) {
    watched_ |= EPOLLOUT;
    front_.shard().poller().Modify(socket_.fd(), *this, watched_);
  }
  ArmTimer();
}

void ProxyConnection::WatchSocket() {
  const uint32_t reads = EPOLLIN | EPOLLRDHUP;
  uint32_t events = watched_ & reads;
  if (WantsInput()) {
    events = reads;
    disarm_ = false;
  } else if (disarm_) {
    // Readiness is level-triggered: it would be told of again and again.
    events = 0;
  }
  if (output_.waits(socket_)) events |= EPOLLOUT;
  if (events == watched_) return;
  watched_ = events;
  front_.shard().poller().Modify(socket_.fd(), *this, events);
}

}  // namespace edge
