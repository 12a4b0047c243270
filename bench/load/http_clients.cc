#include "bench/load/http_clients.h"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

constexpr size_t kBufferSize = 1 << 20;
constexpr size_t kLongestHead = 16 * 1024;
// Besides the clients: standard streams, epoll.
constexpr size_t kOtherDescriptors = 64;
constexpr int64_t kMayTakeNanos = 180'000'000'000;
// So many seconds of requests may wait before the measurement is given up.
constexpr double kFarBehindSeconds = 5;

}  // namespace

HttpClient::HttpClient(HttpClients& clients, size_t index)
    : clients_(clients), index_(index), fd_(BeginConnect(clients.address(), 0)) {
  clients_.loop().Add(fd_, *this, EPOLLOUT);
}

HttpClient::~HttpClient() {
  clients_.loop().Remove(fd_);
  CloseWithReset(fd_);
}

void HttpClient::Ask(int64_t due) {
  due_ = due;
  const std::string& request = clients_.request();
  const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(request.size())) Fail("a request was not taken by the socket");
}

void HttpClient::OnEvents(uint32_t) {
  if (!connected_) return OnConnected();
  const std::span<char> buffer = clients_.buffer();
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) Fail("client {}: the server ended the connection", index_);
  OnBytes({buffer.data(), static_cast<size_t>(got)});
}

void HttpClient::OnConnected() {
  const int error = ConnectError(fd_);
  if (error != 0) Fail("client {}: {}", index_, std::strerror(error));
  connected_ = true;
  clients_.loop().Modify(fd_, *this, EPOLLIN);
  Ask(NowNanos());
}

void HttpClient::OnBytes(std::string_view bytes) {
  if (!in_body_) {
    std::string_view head = bytes;
    if (!head_.empty()) head = head_ += bytes;
    const size_t end = head.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      if (head.size() > kLongestHead) Fail("client {}: a head without end", index_);
      if (head_.empty()) head_ = head;
      return;
    }
    in_body_ = true;
    body_left_ = BodyOf(head.substr(0, end + 2));
    bytes.remove_prefix(bytes.size() - (head.size() - end - 4));
    std::string().swap(head_);
  }
  if (bytes.size() > body_left_) Fail("client {}: more came than was asked for", index_);
  body_left_ -= bytes.size();
  if (body_left_ > 0) return;
  in_body_ = false;
  clients_.OnAnswer(index_, due_);
}

uint64_t HttpClient::BodyOf(std::string_view head) const {
  constexpr std::string_view kName = "\r\nContent-Length:";
  const auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(),
                              [](char a, char b) { return ::strncasecmp(&a, &b, 1) == 0; });
  uint64_t length = 0;
  const size_t begin = static_cast<size_t>(at - head.begin()) + kName.size();
  const size_t digits = begin < head.size() ? head.find_first_not_of(' ', begin) : head.size();
  std::from_chars(head.data() + digits, head.data() + head.size(), length);
  if (!head.starts_with("HTTP/1.1 200 ") || length != clients_.size()) {
    Fail("client {}: {}", index_, head.substr(0, head.find("\r\n")));
  }
  return length;
}

HttpClients::HttpClients(EventLoop& loop, const std::string& server, uint64_t size)
    : loop_(loop),
      address_(ParseAddress(server)),
      size_(size),
      request_(fmt::format(
          "GET /bytes/{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n", size,
          server)),
      buffer_(kBufferSize) {}

void HttpClients::Connect(size_t count, size_t parallel) {
  const size_t limit = RaiseDescriptorLimit() - kOtherDescriptors;
  if (clients_.size() + count > limit) {
    Fail("{} connections asked for; the descriptor limit of a process allows {}",
         clients_.size() + count, limit);
  }
  pace_ = Pace::kOnce;
  const size_t goal = clients_.size() + count;
  const int64_t deadline = NowNanos() + kMayTakeNanos;
  while (free_.size() < goal) {
    while (clients_.size() < goal &&
           clients_.size() - free_.size() < std::max<size_t>(parallel, 1)) {
      clients_.push_back(std::make_unique<HttpClient>(*this, clients_.size()));
    }
    loop_.Turn(deadline - NowNanos());
    if (NowNanos() > deadline) Fail("{} connections took over three minutes", count);
  }
}

void HttpClients::AskEach(size_t parallel) {
  pace_ = Pace::kOnce;
  const std::vector<size_t> order = std::exchange(free_, {});
  size_t next = 0;
  const int64_t deadline = NowNanos() + kMayTakeNanos;
  while (free_.size() < order.size()) {
    while (next < order.size() && next - free_.size() < parallel) {
      clients_[order[next++]]->Ask(NowNanos());
    }
    loop_.Turn(deadline - NowNanos());
    if (NowNanos() > deadline) Fail("answers took over three minutes");
  }
}

void HttpClients::AskWithoutPause(int64_t end) {
  pace_ = Pace::kWithoutPause;
  for (const size_t index : std::exchange(free_, {})) clients_[index]->Ask(NowNanos());
  for (int64_t now = NowNanos(); now < end; now = NowNanos()) loop_.Turn(end - now);
}

void HttpClients::AskAtRate(double rate, int64_t end) {
  pace_ = Pace::kAtRate;
  const auto pause = static_cast<int64_t>(1e9 / rate);
  int64_t due = NowNanos();
  for (int64_t now = due; now < end; now = NowNanos()) {
    for (; due <= now; due += pause) waiting_.push_back(due);
    for (; !waiting_.empty() && !free_.empty(); free_.pop_back(), waiting_.pop_front()) {
      clients_[free_.back()]->Ask(waiting_.front());
    }
    if (static_cast<double>(waiting_.size()) > kFarBehindSeconds * rate) {
      Fail("it does not keep up with {:.0f} requests a second", rate);
    }
    loop_.Turn(std::min(due, end) - now);
  }
  waiting_.clear();
}

void HttpClients::Rest() {
  pace_ = Pace::kOnce;
  const int64_t deadline = NowNanos() + kMayTakeNanos;
  while (free_.size() < clients_.size()) {
    loop_.Turn(deadline - NowNanos());
    if (NowNanos() > deadline) Fail("answers took over three minutes");
  }
}

void HttpClients::Reset() {
  answered_ = 0;
  latency_.Reset();
}

void HttpClients::OnAnswer(size_t index, int64_t due) {
  const int64_t now = NowNanos();
  ++answered_;
  latency_.Add(now - due);
  if (pace_ == Pace::kWithoutPause) {
    clients_[index]->Ask(now);
  } else if (pace_ == Pace::kAtRate && !waiting_.empty()) {
    const int64_t next = waiting_.front();
    waiting_.pop_front();
    clients_[index]->Ask(next);
  } else {
    free_.push_back(index);
  }
}

}  // namespace bench
