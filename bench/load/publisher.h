#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

class Crowd;
class EventLoop;

// Some servers do not say how many members a publication goes to.
inline constexpr size_t kCountUnknown = SIZE_MAX;

// Hears of a publisher's answers, on the loop's thread.
class AnswerListener {
 public:
  virtual ~AnswerListener() = default;
  // `matched`: how many members the server says that it has sent to, or kCountUnknown.
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
// Messages `ROOM PAYLOAD` on a WebSocket of its own, to the path /publish/ of the server that the
// crowd connects to; each answered by a message with the number of members.
std::unique_ptr<Publisher> MakeFramePublisher(EventLoop& loop, Crowd& crowd,
                                              AnswerListener& listener);
// A POST each, as Nchan and Pushpin take them.
std::unique_ptr<Publisher> MakeNchanPublisher(EventLoop& loop, std::string_view address,
                                              Crowd& crowd, AnswerListener& listener);
std::unique_ptr<Publisher> MakePushpinPublisher(EventLoop& loop, std::string_view address,
                                                Crowd& crowd, AnswerListener& listener);
// The members themselves in turn. A publication counts as answered when it was sent.
std::unique_ptr<Publisher> MakeMemberPublisher(Crowd& crowd, AnswerListener& listener);

// One of them by its name, as kPublisherHelp lists them; an unknown name ends the tool.
std::unique_ptr<Publisher> MakePublisher(const std::string& how, EventLoop& loop, Crowd& crowd,
                                         AnswerListener& listener);
inline constexpr std::string_view kPublisherHelp =
    "who publishes: line:IP:PORT (bench/limit), rpc:TARGET (Broadcast), stream:TARGET\n"
    "                           (BroadcastStream), frame (a WebSocket at /publish/),\n"
    "                           nchan:IP:PORT, pushpin:IP:PORT, or ws (the members)";

}  // namespace bench
