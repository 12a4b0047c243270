#include "bench/limit/control_port.h"

#include <sys/socket.h>
#include <unistd.h>

#include "bench/limit/room_server.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {

class ControlPort::Caller final : public Endpoint {
 public:
  Caller(EventLoop& loop, int fd, RoomServer& server) : loop_(loop), fd_(fd), server_(server) {
    loop_.Add(fd_, *this, EPOLLIN);
  }
  ~Caller() override { ::close(fd_); }

  void OnEvents(uint32_t) override {
    char bytes[64 * 1024];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      loop_.Remove(fd_);
      gone_ = true;
      return;
    }
    lines_.append(bytes, static_cast<size_t>(got));
    size_t from = 0;
    for (size_t end; (end = lines_.find('\n', from)) != std::string::npos; from = end + 1) {
      OnLine(std::string_view(lines_).substr(from, end - from));
    }
    lines_.erase(0, from);
  }

  // False: the caller has gone.
  bool SendAnswers() {
    if (gone_ || answers_.empty()) return !gone_;
    // Answers are few bytes for callers that wait for them: they always fit.
    const ssize_t sent = ::send(fd_, answers_.data(), answers_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(answers_.size())) Fail("a caller does not read its answers");
    answers_.clear();
    return true;
  }

 private:
  void OnLine(std::string_view line) {
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) Fail("a line is ROOM PAYLOAD, not '{}'", line);
    const size_t members = server_.Publish(line.substr(0, space), line.substr(space + 1));
    answers_ += std::to_string(members) + "\n";
  }

  EventLoop& loop_;
  const int fd_;
  RoomServer& server_;
  std::string lines_;
  std::string answers_;
  bool gone_ = false;
};

ControlPort::ControlPort(EventLoop& loop, int listen_fd, RoomServer& server)
    : loop_(loop), listen_fd_(listen_fd), server_(server) {
  loop_.Add(listen_fd_, *this, EPOLLIN);
}

ControlPort::~ControlPort() = default;

void ControlPort::OnEvents(uint32_t) {
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  SetNoDelay(fd);
  callers_.push_back(std::make_unique<Caller>(loop_, fd, server_));
}

void ControlPort::EndOfTurn() {
  std::erase_if(callers_, [](const auto& caller) { return !caller->SendAnswers(); });
}

}  // namespace bench
