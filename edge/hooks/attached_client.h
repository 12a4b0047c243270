#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "edge/base/clock.h"
#include "edge/base/mutex.h"
#include "edge/base/token_bucket.h"
#include "edge/hooks/attached_worker.h"
#include "edge/hooks/hook_answer.h"
#include "edge/hooks/hook_client.h"
#include "edge/hooks/worker_pool.h"
#include "gatehouse/v1/hooks.pb.h"

namespace edge {

// The workers that are attached to a service, as the one endpoint that its gate asks: which of them
// gets a question is WorkerPool's.
//
// Belongs to the hooks' thread, but for what says otherwise. What a worker says comes by posts, of
// which each worker has a few under way at most. Questions that wait for a worker are bounded by
// the service's max_concurrent.
class AttachedClient final : public HookClient {
 public:
  static constexpr uint32_t kMaxWorkers = 128;

  struct Options {
    std::string service;
    WorkerPoolLimits pool;
    int64_t timeout_millis = 1000;
    size_t max_answer = size_t{256} * 1024;
    HookAnswerLimits answer;  // what breaks them counts against its worker
  };

  AttachedClient(boost::asio::io_context& io, const Clock& clock, Options options);
  ~AttachedClient() override;

  // HookClient
  void Call(std::shared_ptr<const HookCall> call, int64_t deadline_millis, Done done) override;

  // Takes a worker, whose stream gets the welcome and then questions. Any thread; the worker ends
  // before this does. kResourceExhausted: there are kMaxWorkers.
  absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(AttachCommand command,
                                                         std::shared_ptr<WorkerStream> stream);
  // Calls `function` whenever a worker came.
  void OnAttached(std::function<void()> function) { on_attached_ = std::move(function); }
  // Workers that are attached. Any thread.
  uint32_t workers() const { return places_.load(std::memory_order_relaxed); }

 private:
  class Link;
  // Answers on their way to the hooks' thread. Any thread.
  struct Inbox {
    Mutex mutex;
    std::vector<gatehouse::v1::AttachAnswer> answers ABSL_GUARDED_BY(mutex);
  };
  struct Worker {
    std::shared_ptr<WorkerStream> stream;
    std::string name;
  };
  struct Open {
    std::shared_ptr<const HookCall> call;
    int64_t deadline = 0;
    Done done;
  };

  void Add(uint64_t id, Worker worker, uint32_t credit);
  void Remove(uint64_t id);
  void Leave(uint64_t id);
  void TakeAnswers(uint64_t id, Inbox& inbox);
  // False: the worker is not there any more.
  bool TakeAnswer(uint64_t id, gatehouse::v1::AttachAnswer& answer);
  void Act(const WorkerPool::Actions& actions);
  void Ask(uint64_t question, uint64_t worker);
  void Cancel(uint64_t question, uint64_t worker);
  void Finish(uint64_t question, Result result);
  void ArmTimer();
  // Whether one more line may go to the log: workers that come and go must not fill it.
  bool MayLog();

  boost::asio::io_context& io_;
  const Clock& clock_;
  const Options options_;
  WorkerPool pool_;
  absl::flat_hash_map<uint64_t, Worker> workers_;
  absl::flat_hash_map<uint64_t, Open> open_;
  uint64_t next_question_ = 1;
  std::function<void()> on_attached_;
  boost::asio::steady_timer timer_;
  bool timer_armed_ = false;
  TokenBucket logs_;
  std::atomic<uint64_t> next_worker_ = 1;
  std::atomic<uint32_t> places_ = 0;
};

}  // namespace edge
