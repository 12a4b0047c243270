#pragma once

#include <memory>
#include <span>
#include <string>

#include "edge/base/shard_thread.h"
#include "edge/proxy/exchange.h"
#include "edge/proxy/file_answer.h"
#include "edge/proxy/forwarded.h"
#include "edge/proxy/message_head.h"
#include "edge/proxy/pending_output.h"
#include "edge/proxy/upstream_connection.h"
#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/socket.h"

namespace edge {

class ProxyFront;

// A client's connection that carries HTTP requests, one after the other: reads a head, sends the
// request where its route says, and goes on when it is answered. Requests that come ahead of their
// turn wait in the kernel, but for what one read brought.
//
// Bounded: a head by client.max_header_size and client.handshake_timeout, the wait for the next
// request by proxy.keep_alive, output by one read of the upstream. Idle it holds no buffer.
// Belongs to the gate's shard, which owns it. Whatever may end it only notes so; it is destroyed at
// the end of the event, by Settle.
class ProxyConnection final : public GatePart,
                              public PollTarget,
                              public DeadlineTimer,
                              public UpstreamUser {
 public:
  ProxyConnection(ProxyFront& front, Socket socket, std::string received,
                  std::string remote_address);
  ~ProxyConnection() override;

  // Goes on with what was received. May destroy it.
  void Start() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // GatePart, PollTarget, DeadlineTimer, UpstreamUser
  bool unused() const override { return !answering() && input_.empty() && output_.empty(); }
  void OnReady(uint32_t events) override;
  void OnDeadline() override;
  void OnUpstreamReady(uint32_t events) override;

  // ---- For what answers a request ----

  // Sends to the client, or keeps what the socket has no room for.
  void Send(std::span<iovec> parts);
  // The client has to take what waits first.
  bool output_waits() const { return output_.waits(socket_); }
  // Answers with an error of the proxy's own and ends the connection behind it.
  void Refuse(const Refusal& refusal);
  // Ends the connection in a way that nobody takes for the end of an answer.
  void Abort();
  // Behind what was sent, the client is told that no more will come.
  void EndOutput() { ends_output_ = true; }

  ProxyFront& front() { return front_; }
  const Peer& peer() const { return peer_; }

 private:
  bool answering() const { return exchange_ != nullptr || file_ != nullptr; }
  bool WantsInput() const;
  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Flush();
  // Looks for the next head in what has come.
  void NextRequest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The head is not whole yet.
  void AwaitHead();
  void Dispatch(const RequestHead& request, size_t head_size)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void SendThrough(const Route& route, const RequestHead& request, size_t head_size);
  // Whether the connection can go on behind an answer for which no body is read.
  bool StaysAfter(const RequestHead& request) const;
  void AnswerOptions(const RequestHead& request, size_t head_size);
  void Redirect(const Route& route, const RequestHead& request, size_t head_size);
  void SendFile(const Route& route, const RequestHead& request, std::string_view path,
                size_t head_size);
  void HandToGate(const RequestHead& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // An answer has been sent as far as `output_`.
  void EndAnswer(bool keep_alive);
  // What every event ends with: takes the next step, or destroys this.
  void Settle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool Step() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void WatchSocket();
  int64_t Due() const;
  void ArmTimer();

  ProxyFront& front_;
  Socket socket_;
  std::string remote_address_;
  Peer peer_;
  std::string input_;  // what came and was not used yet
  size_t looked_ = 0;  // bytes of it in which no head's end is
  PendingOutput output_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<FileAnswer> file_;
  int64_t since_millis_ = 0;  // of the last progress
  int64_t armed_millis_ = 0;
  uint32_t watched_ = 0;
  bool fresh_input_ = true;  // some of input_ has not been looked at
  bool head_only_ = false;   // the request is of method HEAD
  bool disarm_ = false;      // an event came that nobody wants now
  bool ends_output_ = false;
  bool closing_ = false;  // behind output_ the connection ends
  bool lost_ = false;     // nothing can be sent or will come
  bool gone_ = false;     // the socket is the gate's again
};

}  // namespace edge
