#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/net/event_loop.h"

namespace bench {

class RoomServer;

// Takes publications: a line `ROOM PAYLOAD` each. Each is answered, when its frames have been
// written, by a line with the number of members.
class ControlPort final : public Endpoint {
 public:
  ControlPort(EventLoop& loop, int listen_fd, RoomServer& server);
  ~ControlPort() override;

  // After RoomServer::EndOfTurn: sends the answers.
  void EndOfTurn();

  void OnEvents(uint32_t events) override;

 private:
  class Caller;

  EventLoop& loop_;
  const int listen_fd_;
  RoomServer& server_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

}  // namespace bench
