#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "edge/base/clock.h"
#include "edge/base/token_bucket.h"
#include "edge/hooks/attached_client.h"
#include "edge/hooks/hook_answer.h"
#include "edge/hooks/hook_client.h"
#include "edge/hooks/hook_gate.h"
#include "edge/hooks/hook_metrics.h"

namespace edge {

// One of hooks.services: its gate, and the way to each of its endpoints. Belongs to the hooks'
// thread, but for what says otherwise.
class HookService {
 public:
  using Done = absl::AnyInvocable<void(HookAnswer) &&>;

  struct Options {
    std::string name;
    HookGateLimits gate;
    HookAnswerLimits answer;
    std::vector<std::string> endpoints;  // their URLs, for the log
    AttachedClient* attached = nullptr;  // the one client, where workers attach
  };

  // `clients`: one for each endpoint.
  HookService(boost::asio::io_context& io, const Clock& clock, HookMetrics& metrics,
              Options options, std::vector<std::unique_ptr<HookClient>> clients);

  // A place for one question: at most as many are open as may be under way and wait. False: there
  // is none, which is counted. Any thread.
  bool TakePlace(HookMethod method);
  // Asks; gives the place back when the question has ended. `done` is called once.
  void Ask(std::shared_ptr<const HookCall> call, Done done);

  const std::string& name() const { return options_.name; }
  // Null: the service has endpoints.
  AttachedClient* attached() const { return options_.attached; }
  // Questions that have a place, and endpoints left alone. Any thread.
  uint32_t open() const { return open_.load(std::memory_order_relaxed); }
  uint32_t breakers() const { return breakers_.load(std::memory_order_relaxed); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Open {
    std::shared_ptr<const HookCall> call;
    Done done;
    Time began;
    std::string problem;  // of the last endpoint
  };

  void Act(const HookGate::Actions& actions);
  void Start(uint64_t question, size_t endpoint);
  void OnResult(uint64_t question, size_t endpoint, HookClient::Result result);
  void Fail(uint64_t question, HookFailure why);
  void Finish(uint64_t question, HookAnswer answer);
  void ArmTimer();
  void NoteBreakers();

  const Clock& clock_;
  HookMetrics& metrics_;
  const Options options_;
  HookGate gate_;
  std::vector<std::unique_ptr<HookClient>> clients_;
  absl::flat_hash_map<uint64_t, Open> questions_;
  uint64_t next_question_ = 1;
  boost::asio::steady_timer timer_;
  bool timer_armed_ = false;
  TokenBucket logs_;
  std::atomic<uint32_t> open_ = 0;
  std::atomic<uint32_t> breakers_ = 0;
};

}  // namespace edge
