// A bare HTTP/1.1 application for proxies to stand before: GET /bytes/N is answered with N bytes,
// on connections that are kept. One thread, epoll, no work that is not the kernel's.
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/net/event_loop.h"
#include "bench/net/fail.h"
#include "bench/net/options.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

constexpr size_t kLongestHead = 64 * 1024;
constexpr size_t kLargestBody = 64 * 1024 * 1024;
constexpr std::string_view kPath = "GET /bytes/";

class Upstream;

// One connection of a proxy: a request, its answer, the next request.
class Connection final : public Endpoint {
 public:
  Connection(Upstream& upstream, int fd);
  ~Connection() override { ::close(fd_); }

  void OnEvents(uint32_t events) override;

 private:
  void Read();
  // False: there is no whole head yet, or an answer is still being sent.
  bool AnswerNext();
  void Send();
  void End();

  Upstream& upstream_;
  const int fd_;
  bool ended_ = false;
  bool waits_ = false;  // for room in the socket
  std::string input_;   // heads that were not answered yet
  std::string head_;    // of the answer
  size_t head_sent_ = 0;
  size_t body_left_ = 0;
};

class Upstream final : public Endpoint {
 public:
  Upstream(EventLoop& loop, int listen_fd) : loop_(loop), listen_fd_(listen_fd) {
    loop_.Add(listen_fd_, *this, EPOLLIN);
  }

  void OnEvents(uint32_t) override {
    while (true) {
      const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
      Check(fd, "accept4");
      SetNoDelay(fd);
      auto connection = std::make_unique<Connection>(*this, fd);
      Connection* const key = connection.get();
      connections_.emplace(key, std::move(connection));
    }
  }
  void OnGone(Connection& connection) {
    gone_.push_back(std::move(connections_.extract(&connection).mapped()));
  }
  void EndOfTurn() { gone_.clear(); }

  EventLoop& loop() { return loop_; }
  std::span<char> buffer() { return buffer_; }
  std::string_view body() const { return body_; }

 private:
  EventLoop& loop_;
  const int listen_fd_;
  std::vector<char> buffer_ = std::vector<char>(kLongestHead);
  const std::string body_ = std::string(kLargestBody, 'x');
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> gone_;
};

Connection::Connection(Upstream& upstream, int fd) : upstream_(upstream), fd_(fd) {
  upstream_.loop().Add(fd_, *this, EPOLLIN);
}

void Connection::OnEvents(uint32_t events) {
  if ((events & EPOLLOUT) != 0) Send();
  if (!ended_ && (events & ~EPOLLOUT) != 0) Read();
  while (!ended_ && AnswerNext()) Send();
}

void Connection::Read() {
  const std::span<char> buffer = upstream_.buffer();
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || input_.size() > kLongestHead) return End();
  input_.append(buffer.data(), static_cast<size_t>(got));
}

bool Connection::AnswerNext() {
  if (head_sent_ < head_.size() || body_left_ > 0) return false;
  const size_t end = input_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  size_t size = 0;
  const char* const number = input_.data() + std::min(kPath.size(), input_.size());
  const auto [behind, error] = std::from_chars(number, input_.data() + end, size);
  if (!input_.starts_with(kPath) || error != std::errc() || *behind != ' ' || size > kLargestBody) {
    End();
    return false;
  }
  input_.erase(0, end + 4);
  head_ = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
      size);
  head_sent_ = 0;
  body_left_ = size;
  return true;
}

void Connection::Send() {
  const std::string_view head = std::string_view(head_).substr(head_sent_);
  const std::string_view body = upstream_.body().substr(0, body_left_);
  iovec pieces[] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = std::size(pieces);
  const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return End();
  const size_t taken = sent < 0 ? 0 : static_cast<size_t>(sent);
  const size_t of_head = std::min(taken, head.size());
  head_sent_ += of_head;
  body_left_ -= taken - of_head;
  const bool waits = head_sent_ < head_.size() || body_left_ > 0;
  if (waits == waits_) return;
  waits_ = waits;
  upstream_.loop().Modify(fd_, *this, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Connection::End() {
  if (ended_) return;
  ended_ = true;
  upstream_.loop().Remove(fd_);
  upstream_.OnGone(*this);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Options options(
      "upstream: an HTTP/1.1 application at the least cost. GET /bytes/N gives N bytes.",
      {{"listen", "IP:PORT", "127.0.0.1:0", "where proxies connect"}}, argc, argv, 1);
  bench::RaiseDescriptorLimit();
  bench::EventLoop loop;
  const int fd = bench::Listen(bench::ParseAddress(options.Text("listen")));
  bench::Upstream upstream(loop, fd);
  fmt::print("{{\"event\":\"ready\",\"client\":\"{}\",\"pid\":{}}}\n",
             bench::FormatAddress(bench::AddressOf(fd)), ::getpid());
  std::fflush(stdout);
  while (true) {
    loop.Turn(-1);
    upstream.EndOfTurn();
  }
}
