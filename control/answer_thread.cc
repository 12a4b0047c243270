#include "control/answer_thread.h"

#include <pthread.h>

#include <utility>

namespace control {

AnswerThread::AnswerThread() : thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), "answers");
}

AnswerThread::~AnswerThread() {
  Stop();
}

void AnswerThread::Post(absl::AnyInvocable<void() &&> work) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    work_.push_back(std::move(work));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) wake_.notify_one();
}

void AnswerThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    sleeping_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void AnswerThread::Run() {
  std::vector<absl::AnyInvocable<void() &&>> batch;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      while (work_.empty() && !stopped_) {
        sleeping_ = true;
        wake_.wait(lock);
      }
      if (work_.empty()) return;
      batch.swap(work_);
    }
    for (auto& work : batch) std::move(work)();
    batch.clear();
  }
}

}  // namespace control
