#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "edge/base/shard_thread.h"
#include "edge/base/token_bucket.h"
#include "edge/transport/connect_question.h"
#include "edge/transport/gate_context.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/http_request.h"
#include "edge/transport/listener.h"
#include "edge/transport/request_front.h"
#include "edge/transport/socket.h"
#include "edge/wire/inflater.h"

namespace edge {

class GateConnection;
class Hub;

// The way in on one shard: accepted sockets, their request, and the answer to it: an upgrade that
// is handed to the hub, the demo page, or an error with its reason. Belongs to the shard; owns the
// connections that are no sessions.
class HttpGate {
 public:
  HttpGate(GateContext& context, Hub& hub, int listen_fd);
  ~HttpGate();

  // Accepts from now on. Before the shard's thread starts, or on it.
  void Start() { listener_.Start(); }
  void StopAccepting() {
    draining_ = true;
    listener_.Stop();
  }
  // Nobody new is taken: who has been answered should go.
  bool draining() const { return draining_; }
  // Before Start: whole requests go to `front` first. Without one they are this gate's.
  void SetFront(std::unique_ptr<RequestFront> front) { front_ = std::move(front); }
  RequestFront* front() { return front_.get(); }
  // Closes what has connected and asked nothing: browsers do so ahead of time.
  void DropUnused();

  void OnAccepted(int fd, std::string remote_address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Goes on with a connection whose client is known: TLS, then its request, which is looked for
  // with the next ReadAccepted.
  void Begin(Socket socket, std::string remote_address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Reads what came with the connections that were begun since the last time.
  void ReadAccepted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnRequest(Socket socket, const ParsedHead& head, std::string leftover,
                 std::string remote_address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Answers with the status as an HTTP error.
  void Refuse(Socket socket, const absl::Status& status);
  // The same for a WebSocket handshake that was valid so far: with client.refuse_after_upgrade the
  // client gets a Close 1008 with the reason that scripts can read.
  void RefuseUpgrade(Socket socket, std::string_view accept_key, std::string_view subprotocol,
                     const absl::Status& status);
  void Answer(Socket socket, std::string bytes);

  // Whether a TLS handshake may go on in this turn.
  bool TakeTlsStep();

  // Hands a client that may come in to the hub.
  void AdmitUpgrade(PendingUpgrade upgrade) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Keeps a part until it is dropped.
  template <typename Part>
  void Own(std::unique_ptr<Part> part) {
    GatePart* const key = part.get();
    parts_.emplace(key, std::move(part));
  }
  // Destroys a part of this gate.
  void Drop(GatePart& part) { parts_.erase(&part); }

  GateContext& context() { return context_; }
  // For the messages of all the shard's connections, one at a time.
  Inflater& inflater() { return inflater_; }
  Hub& hub() { return hub_; }
  // The question of this number, or null: it has ended.
  ConnectQuestion* FindQuestion(uint64_t number) {
    const auto found = questions_.find(number);
    return found == questions_.end() ? nullptr : found->second;
  }
  void ForgetQuestion(uint64_t number) { questions_.erase(number); }
  void LogRefusal(std::string_view target, const std::string& remote_address,
                  const absl::Status& status);

 private:
  void OnUpgrade(Socket socket, const HttpRequest& request, std::string leftover,
                 std::string remote_address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnPage(Socket socket, const HttpRequest& request);

  GateContext& context_;
  Hub& hub_;
  std::unique_ptr<TlsIo> tls_io_;  // outlives the connections; null: in clear
  uint64_t tls_turn_ = 0;
  uint32_t tls_steps_ = 0;
  Listener listener_;
  absl::flat_hash_map<uint64_t, ConnectQuestion*> questions_;  // of parts_
  uint64_t next_question_ = 1;
  bool draining_ = false;
  std::unique_ptr<RequestFront> front_;  // outlives its connections
  absl::flat_hash_map<GatePart*, std::unique_ptr<GatePart>> parts_;
  std::vector<GateConnection*> accepted_;  // not read yet
  TokenBucket refusal_logs_;
  Inflater inflater_;
};

// The response to an upgrade (RFC 6455 section 4.2.2).
std::string MakeUpgradeAnswer(std::string_view accept_key, std::string_view subprotocol,
                              std::string_view extensions = "");

}  // namespace edge
