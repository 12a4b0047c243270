#include <deque>

#include "bench/load/crowd.h"
#include "bench/load/publisher.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

// Where the publisher connects: the crowd's server, but a path of its own, and no compression.
Target ControlTarget(const Crowd& crowd) {
  Target target = crowd.target();
  target.path = "/publish/";
  target.rooms = 1;
  target.deflate = false;
  return target;
}

class FramePublisher final : public Publisher, public Listener {
 public:
  FramePublisher(EventLoop& loop, Crowd& crowd, AnswerListener& listener)
      : crowd_(crowd), listener_(listener), line_(loop, ControlTarget(crowd)) {
    line_.set_listener(this);
    line_.Connect(1, 1);
  }

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    message_ = crowd_.target().RoomName(room);
    message_.append(" ").append(json);
    unanswered_.push_back(number);
    line_.at(0).Say(message_);
  }

  void OnMessage(Member&, std::string_view text, int64_t) override {
    if (unanswered_.empty()) Fail("an answer that nobody waits for: {}", text);
    const uint64_t number = unanswered_.front();
    unanswered_.pop_front();
    listener_.OnAnswer(number, std::stoul(std::string(text)));
  }

 private:
  Crowd& crowd_;
  AnswerListener& listener_;
  Crowd line_;  // of one
  std::string message_;
  std::deque<uint64_t> unanswered_;
};

}  // namespace

std::unique_ptr<Publisher> MakeFramePublisher(EventLoop& loop, Crowd& crowd,
                                              AnswerListener& listener) {
  return std::make_unique<FramePublisher>(loop, crowd, listener);
}

}  // namespace bench
