#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

class Crowd;
class EventLoop;

// Hears of a publisher's answers, on the loop's thread.
class AnswerListener {
 public:
  virtual ~AnswerListener() = default;
  // `matched`: how many members the server says that it has sent to.
  virtual void OnAnswer(uint64_t number, size_t matched) = 0;
};

// Brings publications to the server; any number may be under way.
class Publisher {
 public:
  virtual ~Publisher() = default;
  virtual void Publish(uint64_t number, size_t room, std::string_view json) = 0;
};

// bench/limit's control port: a line each.
std::unique_ptr<Publisher> MakeLinePublisher(EventLoop& loop, std::string_view address,
                                             Crowd& crowd, AnswerListener& listener);
// Gatehouse's control API: a Broadcast RPC each, or all on one BroadcastStream.
std::unique_ptr<Publisher> MakeBroadcastPublisher(EventLoop& loop, const std::string& address,
                                                  Crowd& crowd, AnswerListener& listener);
std::unique_ptr<Publisher> MakeStreamPublisher(EventLoop& loop, const std::string& address,
                                               Crowd& crowd, AnswerListener& listener);
// The members themselves in turn. A publication counts as answered when it was sent.
std::unique_ptr<Publisher> MakeMemberPublisher(Crowd& crowd, AnswerListener& listener);

}  // namespace bench
