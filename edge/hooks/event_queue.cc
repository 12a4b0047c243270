#include "edge/hooks/event_queue.h"

#include <algorithm>
#include <utility>

namespace edge {

bool HookEventQueue::Push(gatehouse::v1::HookEvent event) {
  const MutexLock lock(mutex_);
  const bool was_empty = events_.empty();
  event.set_sequence(next_sequence_++);
  if (events_.size() == capacity_) {
    events_.pop_front();
    ++lost_;
    ++lost_before_batch_;
  }
  events_.push_back(std::move(event));
  return was_empty;
}

HookEventQueue::Batch HookEventQueue::Take(size_t most) {
  const MutexLock lock(mutex_);
  Batch batch;
  batch.lost = std::exchange(lost_before_batch_, 0);
  const auto end = events_.begin() + static_cast<ptrdiff_t>(std::min(most, events_.size()));
  batch.events.assign(std::make_move_iterator(events_.begin()), std::make_move_iterator(end));
  events_.erase(events_.begin(), end);
  return batch;
}

bool HookEventQueue::empty() const {
  const MutexLock lock(mutex_);
  return events_.empty();
}

uint64_t HookEventQueue::lost() const {
  const MutexLock lock(mutex_);
  return lost_;
}

}  // namespace edge
