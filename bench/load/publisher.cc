#include "bench/load/publisher.h"

#include "bench/net/fail.h"

namespace bench {

std::unique_ptr<Publisher> MakePublisher(const std::string& how, EventLoop& loop, Crowd& crowd,
                                         AnswerListener& listener) {
  if (how == "ws") return MakeMemberPublisher(crowd, listener);
  if (how == "frame") return MakeFramePublisher(loop, crowd, listener);
  const size_t colon = how.find(':');
  const std::string kind = how.substr(0, colon);
  if (colon == std::string::npos) Fail("--publish '{}' names no address", how);
  const std::string address = how.substr(colon + 1);
  if (kind == "line") return MakeLinePublisher(loop, address, crowd, listener);
  if (kind == "rpc") return MakeBroadcastPublisher(loop, address, crowd, listener);
  if (kind == "stream") return MakeStreamPublisher(loop, address, crowd, listener);
  if (kind == "nchan") return MakeNchanPublisher(loop, address, crowd, listener);
  if (kind == "pushpin") return MakePushpinPublisher(loop, address, crowd, listener);
  Fail("--publish '{}' is none of line, rpc, stream, frame, nchan, pushpin, ws", how);
}

}  // namespace bench
