#include <sys/socket.h>
#include <unistd.h>

#include <deque>

#include "bench/load/crowd.h"
#include "bench/load/publisher.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

class LinePublisher final : public Publisher, public Endpoint {
 public:
  LinePublisher(EventLoop& loop, std::string_view address, Crowd& crowd, AnswerListener& listener)
      : loop_(loop),
        fd_(BeginConnect(ParseAddress(address), 0)),
        crowd_(crowd),
        listener_(listener) {
    loop_.Add(fd_, *this, EPOLLIN);
  }
  ~LinePublisher() override {
    loop_.Remove(fd_);
    ::close(fd_);
  }

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    line_ = crowd_.target().RoomName(room);
    line_.append(" ").append(json).append("\n");
    unanswered_.push_back(number);
    const ssize_t sent = ::send(fd_, line_.data(), line_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(line_.size()))
      Fail("the control port does not take more lines");
  }

  void OnEvents(uint32_t) override {
    char bytes[4096];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) Fail("the control port closed the connection");
    answers_.append(bytes, static_cast<size_t>(got));
    size_t from = 0;
    for (size_t end; (end = answers_.find('\n', from)) != std::string::npos; from = end + 1) {
      const uint64_t number = unanswered_.front();
      unanswered_.pop_front();
      listener_.OnAnswer(number, std::stoul(answers_.substr(from, end - from)));
    }
    answers_.erase(0, from);
  }

 private:
  EventLoop& loop_;
  const int fd_;
  Crowd& crowd_;
  AnswerListener& listener_;
  std::string line_;
  std::string answers_;
  std::deque<uint64_t> unanswered_;
};

}  // namespace

std::unique_ptr<Publisher> MakeLinePublisher(EventLoop& loop, std::string_view address,
                                             Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<LinePublisher>(loop, address, crowd, listener);
}

}  // namespace bench
