#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "edge/base/mutex.h"
#include "edge/shard/shard_pool.h"

namespace edge {

// Collects what several shards answer and finishes when nobody can add to it any more: every task
// holds a share, and the last share's end calls `finish`, once, on whatever thread that is.
//
// A shard whose mailbox is full makes the whole kResourceExhausted; what others did stays done.
template <typename State>
class Gather {
 public:
  using Finish = absl::AnyInvocable<void(absl::StatusOr<State>) &&>;

  explicit Gather(Finish finish) : finish_(std::move(finish)) {}
  ~Gather() ABSL_NO_THREAD_SAFETY_ANALYSIS {  // the last share: nobody else is there
    if (status_.ok()) {
      std::move(finish_)(std::move(state_));
    } else {
      std::move(finish_)(status_);
    }
  }

  // Changes the state under a short lock. Any thread.
  void Update(absl::FunctionRef<void(State&)> change) {
    const MutexLock lock(mutex_);
    change(state_);
  }
  void Fail(absl::Status status) {
    const MutexLock lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
  }

 private:
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  Finish finish_;
};

// Posts `work(hub, gather)` to one shard; a full mailbox fails the gather.
template <typename State, typename Work>
void PostGather(Shard& shard, std::shared_ptr<Gather<State>> gather, Work work) {
  Gather<State>* const raw = gather.get();
  const std::shared_ptr<Gather<State>> share = gather;
  if (!shard.PostExternal([gather = std::move(gather), work = std::move(work)](Hub& hub) mutable {
        work(hub, gather);
      })) {
    raw->Fail(absl::ResourceExhaustedError("a shard's mailbox is full"));
  }
}

// The same to every shard; `work` is copied.
template <typename State, typename Work>
void PostGatherAll(ShardPool& pool, const std::shared_ptr<Gather<State>>& gather,
                   const Work& work) {
  for (size_t i = 0; i < pool.size(); ++i) {
    PostGather(pool.at(static_cast<ShardIndex>(i)), gather, work);
  }
}

}  // namespace edge
