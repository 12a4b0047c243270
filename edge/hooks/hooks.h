#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "edge/hooks/attached_worker.h"
#include "edge/hooks/event_pump.h"
#include "edge/hooks/event_queue.h"
#include "edge/hooks/hook_call.h"
#include "edge/hooks/hook_rules.h"
#include "edge/hooks/hook_service.h"
#include "edge/shard/shard.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// What the shards of a node ask the application, and tell it.
//
// One thread of its own makes JSON, signs, and keeps the connections, so that a shard only posts a
// question and is posted the answer. Questions that are open are bounded (HookService::TakePlace).
// An answer for a shard whose mailbox is full waits here: whoever asked asks nothing else
// meanwhile, so there are no more of those than sessions and handshakes.
class Hooks {
 public:
  // Runs on the asker's shard.
  using Then = absl::AnyInvocable<void(Hub&, HookAnswer) &&>;

  // Null: no rule asks for anything. `node`: its name. kInvalidArgument: a setting or a file that
  // cannot be used.
  static absl::StatusOr<std::unique_ptr<Hooks>> Start(const gatehouse::v1::Config& config,
                                                      const Clock& clock, std::string node);
  // Ends the thread. What is open is dropped: nothing is posted any more. Before the shards go.
  ~Hooks();

  // ---- Any thread ----

  const HookRules& rules() const { return rules_; }
  // Names of the header fields that OnConnect is told, in lower case.
  const std::vector<std::string>& headers() const { return headers_; }

  // Asks. True: `then` was taken and will be called once, unless this object or the shard ends
  // first. False: too many questions are open; `then` is as it was.
  bool Ask(const HookRule& rule, HookCall call, Shard& asker, Then&& then);
  // Takes a worker of a service, as NodeApi::Attach says.
  absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(AttachCommand command,
                                                         std::shared_ptr<WorkerStream> stream);
  // Tells what happened; rules().Wants() is the caller's business. The event gets its number here.
  void Tell(gatehouse::v1::HookEvent event);
  // Waits until the application has been told everything, or the time is over. Blocks.
  void FlushEvents(int64_t millis);
  // Prometheus text.
  std::string Metrics() const;

 private:
  // An answer on its way to a shard.
  struct Delivery {
    Then then;
    HookAnswer answer;
  };
  struct Parcel {
    Shard* shard;
    std::shared_ptr<Delivery> delivery;
  };

  Hooks(const gatehouse::v1::HookSettings& settings, const Clock& clock);
  absl::Status Init(const gatehouse::v1::Config& config, std::string node);
  void Deliver(Parcel parcel);
  bool TryDeliver(const Parcel& parcel);
  void DeliverLate();

  const Clock& clock_;
  const HookRules rules_;
  const std::vector<std::string> headers_;
  HookMetrics metrics_;
  HookEventQueue events_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::unique_ptr<HookService>> services_;
  std::unique_ptr<HookEventPump> pump_;  // null: nobody wants events
  std::deque<Parcel> late_;              // for shards whose mailboxes were full
  boost::asio::steady_timer late_timer_;
  std::thread thread_;
};

}  // namespace edge
