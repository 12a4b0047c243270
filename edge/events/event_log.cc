#include "edge/events/event_log.h"

#include <algorithm>
#include <utility>

namespace edge {

void EventLog::Append(EdgeEvent event) {
  absl::flat_hash_map<const void*, std::function<void()>> waiting;
  std::deque<EventPtr> unwatched;  // freed when the mutex is
  {
    const MutexLock lock(mutex_);
    if (!active()) return;
    const int64_t now = event.unix_millis;
    if (watchers_ == 0 && now - unwatched_since_millis_ >= limits_.max_age_millis) {
      active_.store(false, std::memory_order_relaxed);
      std::swap(unwatched, events_);
      return;
    }
    event.sequence = ++last_;
    events_.push_back(std::make_shared<const EdgeEvent>(std::move(event)));
    DropOld(now);
    std::swap(waiting, waiting_);
  }
  for (auto& [waiter, wake] : waiting) wake();
}

void EventLog::DropOld(int64_t now_unix_millis) {
  const int64_t oldest = now_unix_millis - limits_.max_age_millis;
  while (events_.size() > limits_.max_events ||
         (!events_.empty() && events_.front()->unix_millis < oldest)) {
    events_.pop_front();
  }
}

uint64_t EventLog::AddWatcher() {
  const MutexLock lock(mutex_);
  ++watchers_;
  if (!active()) {
    // What happened meanwhile has no number: who knows only what was before has a gap.
    ++last_;
    events_.clear();
    active_.store(true, std::memory_order_relaxed);
  }
  return last_;
}

void EventLog::RemoveWatcher(int64_t now_unix_millis) {
  const MutexLock lock(mutex_);
  if (--watchers_ == 0) unwatched_since_millis_ = now_unix_millis;
}

uint64_t EventLog::last() const {
  const MutexLock lock(mutex_);
  return last_;
}

EventLog::Batch EventLog::Read(uint64_t after, size_t most) const {
  const MutexLock lock(mutex_);
  Batch batch;
  if (after + 1 < first() || after > last_) {
    batch.gap = true;
    return batch;
  }
  const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(after + 1 - first());
  const auto count = std::min<size_t>(most, static_cast<size_t>(events_.end() - begin));
  batch.events.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  return batch;
}

void EventLog::Wait(const void* waiter, uint64_t after, std::function<void()> wake) {
  {
    const MutexLock lock(mutex_);
    if (after == last_) {
      waiting_[waiter] = std::move(wake);
      return;
    }
  }
  wake();
}

void EventLog::CancelWait(const void* waiter) {
  const MutexLock lock(mutex_);
  waiting_.erase(waiter);
}

}  // namespace edge
