#include "control/call_deadlines.h"

#include <utility>
#include <vector>

namespace control {

CallDeadlines::Ticket CallDeadlines::Add(std::weak_ptr<ReplySink> call) {
  const edge::MutexLock lock(mutex_);
  // The time is read under the lock: the list is in its order.
  const Time due = std::chrono::steady_clock::now() + max_;
  entries_.push_back({std::move(call), due});
  if (!armed_) Arm(due);
  return std::prev(entries_.end());
}

void CallDeadlines::Remove(Ticket ticket) {
  const edge::MutexLock lock(mutex_);
  entries_.erase(ticket);
}

void CallDeadlines::Arm(Time due) {
  armed_ = true;
  const auto left = due - std::chrono::steady_clock::now();
  // A new one each time: it may be the callback of the last that is running here.
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(std::chrono::time_point_cast<std::chrono::system_clock::duration>(
                  std::chrono::system_clock::now() + left),
              [weak = weak_from_this()](bool expired) {
                const auto self = expired ? weak.lock() : nullptr;
                if (self != nullptr) self->OnAlarm();
              });
}

void CallDeadlines::OnAlarm() {
  std::vector<std::shared_ptr<ReplySink>> over;
  {
    const edge::MutexLock lock(mutex_);
    armed_ = false;
    const Time now = std::chrono::steady_clock::now();
    for (Entry& entry : entries_) {
      if (entry.due > now) {
        Arm(entry.due);
        break;
      }
      // It stays until its call is done, and is not ended twice.
      if (std::exchange(entry.ended, true)) continue;
      if (auto call = entry.call.lock()) over.push_back(std::move(call));
    }
  }
  for (const auto& call : over) {
    call->Fail(absl::DeadlineExceededError("control.max_deadline is over"));
  }
}

}  // namespace control
