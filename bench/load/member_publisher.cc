#include "bench/load/crowd.h"
#include "bench/load/publisher.h"

namespace bench {
namespace {

class MemberPublisher final : public Publisher {
 public:
  MemberPublisher(Crowd& crowd, AnswerListener& listener) : crowd_(crowd), listener_(listener) {}

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    message_.assign(R"({"content":)").append(json).append("}");
    // The room's members take turns: member `room` and every `rooms`th after it.
    const size_t turn = number / crowd_.target().rooms % crowd_.MembersOf(room);
    crowd_.at(room + turn * crowd_.target().rooms).Say(message_);
    listener_.OnAnswer(number, crowd_.MembersOf(room));
  }

 private:
  Crowd& crowd_;
  AnswerListener& listener_;
  std::string message_;
};

}  // namespace

std::unique_ptr<Publisher> MakeMemberPublisher(Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<MemberPublisher>(crowd, listener);
}

}  // namespace bench
