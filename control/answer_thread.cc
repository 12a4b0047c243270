#include "control/answer_thread.h"

#include <pthread.h>

#include <cerrno>
#include <utility>

namespace control {

AnswerThread::AnswerThread() {
  ::sem_init(&wake_, 0, 0);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "answers");
}

AnswerThread::~AnswerThread() {
  Stop();
  ::sem_destroy(&wake_);
}

void AnswerThread::Post(absl::AnyInvocable<void() &&> work) {
  bool wake = false;
  {
    const edge::MutexLock lock(mutex_);
    if (stopped_) return;
    work_.push_back(std::move(work));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) ::sem_post(&wake_);
}

void AnswerThread::Stop() {
  bool wake = false;
  {
    const edge::MutexLock lock(mutex_);
    stopped_ = true;
    wake = std::exchange(sleeping_, false);
  }
  if (wake) ::sem_post(&wake_);
  if (thread_.joinable()) thread_.join();
}

bool AnswerThread::TakeOrSleep(Batch& batch) {
  const edge::MutexLock lock(mutex_);
  batch.swap(work_);
  sleeping_ = batch.empty() && !stopped_;
  return !sleeping_;
}

void AnswerThread::Run() {
  Batch batch;
  while (true) {
    if (!TakeOrSleep(batch)) {
      while (::sem_wait(&wake_) != 0 && errno == EINTR) {
      }
      continue;
    }
    if (batch.empty()) return;  // stopped, and all has run
    for (auto& work : batch) std::move(work)();
    batch.clear();
  }
}

}  // namespace control
