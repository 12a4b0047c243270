#pragma once

#include <grpcpp/alarm.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>

#include "control/reply.h"
#include "edge/base/mutex.h"

namespace control {

// Ends calls whose caller set no deadline: each gets the same time, counted from when it was added.
//
// Any thread, O(1) a call. The oldest is the first to end, so one alarm serves all; an alarm for
// each call cost more than all else that is done for a call without members.
class CallDeadlines : public std::enable_shared_from_this<CallDeadlines> {
 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::weak_ptr<ReplySink> call;
    Time due;
    bool ended = false;
  };

 public:
  using Ticket = std::list<Entry>::iterator;

  explicit CallDeadlines(int64_t max_millis) : max_(max_millis) {}

  // The call fails with kDeadlineExceeded when its time is over. Each ticket is removed, once.
  Ticket Add(std::weak_ptr<ReplySink> call);
  void Remove(Ticket ticket);

 private:
  void Arm(Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnAlarm();

  const std::chrono::milliseconds max_;
  edge::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the oldest first
  bool armed_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace control
