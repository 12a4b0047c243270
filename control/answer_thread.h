#pragma once

#include <semaphore.h>

#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "edge/base/mutex.h"

namespace control {

// One thread that builds and sends the answers, so that a shard that has one only hands it over.
//
// Any thread posts; what is posted runs in that order, never on the poster. Its length is bounded
// by the calls under way and by the bounds of the streams: each has at most one thing posted, or
// one for each message not answered yet.
class AnswerThread {
 public:
  AnswerThread();
  ~AnswerThread();

  // After Stop the work is dropped.
  void Post(absl::AnyInvocable<void() &&> work);
  // Runs what has been posted, then ends the thread. Blocks.
  void Stop();

 private:
  void Run();

  using Batch = std::vector<absl::AnyInvocable<void() &&>>;
  // Takes what has been posted. False: nothing; then `wake_` will be posted.
  bool TakeOrSleep(Batch& batch);

  edge::Mutex mutex_;
  Batch work_ ABSL_GUARDED_BY(mutex_);
  bool sleeping_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Posted once for each sleep. No condition variable: a thread that one has woken leaves the mutex
  // so that its next unlock is a system call. No std::binary_semaphore: it yields before it sleeps,
  // which took a tenth of the calls of a busy core.
  sem_t wake_;
  std::thread thread_;
};

}  // namespace control
