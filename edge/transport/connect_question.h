#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "edge/base/shard_thread.h"
#include "edge/hooks/hook_call.h"
#include "edge/hooks/hook_rules.h"
#include "edge/session/hooked_session.h"
#include "edge/session/shard_timer.h"
#include "edge/shard/poller.h"
#include "edge/transport/gate_part.h"
#include "edge/transport/http_request.h"
#include "edge/transport/socket.h"
#include "edge/transport/upgrade_rules.h"

namespace edge {

class HttpGate;

// A valid upgrade on its way to the hub.
struct PendingUpgrade {
  Socket socket;
  std::string accept_key;
  UpgradePlan plan;
  std::string target;  // for the log, which redacts it
  std::string user_agent;
  std::string remote_address;
  std::string leftover;
  std::unique_ptr<HookedSession> hooked;  // null: no hooks are configured
  std::vector<WantedRoom> granted_rooms;
  uint64_t kicks_since = 0;
};

// An upgrade about which the application is being asked. It ends with the answer, with
// client.handshake_timeout, or when the client goes away; an answer that comes later finds nothing.
// Belongs to the gate's shard.
class ConnectQuestion final : public GatePart, public PollTarget, public DeadlineTimer {
 public:
  // `number`: not another's of this gate.
  ConnectQuestion(HttpGate& gate, uint64_t number, PendingUpgrade upgrade);
  ~ConnectQuestion() override;

  // Once. May destroy this, when the question cannot be asked.
  void Ask(const HttpRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Destroys this.
  void OnAnswer(const HookAnswer& answer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // The client has gone.
  void OnReady(uint32_t events) override;
  void OnDeadline() override;

 private:
  // Takes what the application says into the plan, or says why the client is refused.
  absl::Status Apply(const HookAnswer& answer);
  absl::Status ApplyAdmission(const gatehouse::v1::HookAdmission& allow);
  void Refuse(const absl::Status& status);
  void StopWatching();

  HttpGate& gate_;
  const uint64_t number_;
  const HookRule& rule_;
  PendingUpgrade upgrade_;
  int64_t asked_unix_millis_ = 0;
};

}  // namespace edge
