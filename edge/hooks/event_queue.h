#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "edge/base/mutex.h"
#include "gatehouse/v1/hooks.pb.h"

namespace edge {

// Events that wait for the application, in order, each with its number. Any thread.
//
// At most `capacity` wait; then the oldest are given up and counted. The lock is held for a few
// moves.
class HookEventQueue {
 public:
  struct Batch {
    std::vector<gatehouse::v1::HookEvent> events;
    uint64_t lost = 0;  // given up since the last batch, all of them older than this one's
  };

  explicit HookEventQueue(size_t capacity) : capacity_(capacity) {}

  // True: nothing waited before, so whoever takes batches is to be woken.
  bool Push(gatehouse::v1::HookEvent event);
  Batch Take(size_t most);
  bool empty() const;
  uint64_t lost() const;  // in all

 private:
  const size_t capacity_;
  mutable Mutex mutex_;
  std::deque<gatehouse::v1::HookEvent> events_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t lost_before_batch_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace edge
