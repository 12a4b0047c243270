#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

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

  // A plain mutex: the condition variable needs it, and clang's analysis cannot follow that.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<absl::AnyInvocable<void() &&>> work_;
  bool sleeping_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace control
