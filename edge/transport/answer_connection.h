#pragma once

#include <cstdint>
#include <string>

#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/socket.h"

namespace edge {

class HttpGate;

// Writes one answer and ends the connection so that the client can read it: half-closes, then reads
// and drops what still comes until the client closes or two seconds are over. (Closing at once with
// bytes unread would reset the connection, and the answer with it.) Belongs to the gate's shard.
class AnswerConnection final : public GatePart, public PollTarget, public DeadlineTimer {
 public:
  // kOnceAsked: nothing was read of the request yet, and clients take an answer that comes before
  // they have asked for a broken connection.
  enum class When : uint8_t { kNow, kOnceAsked };
  AnswerConnection(HttpGate& gate, Socket socket, std::string answer, When when);
  ~AnswerConnection() override;

  void OnReady(uint32_t events) override;
  void OnDeadline() override;

 private:
  // False: the connection is over.
  bool Write();
  bool DropInput();

  HttpGate& gate_;
  Socket socket_;
  std::string answer_;
  size_t written_ = 0;
  size_t dropped_ = 0;
  bool half_closed_ = false;
};

}  // namespace edge
