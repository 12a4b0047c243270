#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge/base/mutex.h"
#include "edge/events/edge_event.h"

namespace edge {

// The last events of a node, numbered, so that a watcher that comes back misses none.
//
// Any thread; one mutex, held for a pointer at a time. Costs one relaxed load an event while nobody
// watches: it begins with the first watcher and ends when none has been there for `max_age_millis`.
// Bounded: over `max_events`, or when they are older than `max_age_millis`, the oldest go, and who
// wanted them is told of a gap. Watchers read at their own pace; nothing is queued for them.
class EventLog {
 public:
  struct Limits {
    size_t max_events = 100'000;
    int64_t max_age_millis = 600'000;
  };
  using EventPtr = std::shared_ptr<const EdgeEvent>;
  struct Batch {
    std::vector<EventPtr> events;
    bool gap = false;  // what came behind `after` is not kept any more; `events` is empty
  };

  explicit EventLog(Limits limits) : limits_(limits) {}

  // Whether events are to be appended.
  bool active() const { return active_.load(std::memory_order_relaxed); }
  // Gives the event its number. Dropped when the log is not active.
  void Append(EdgeEvent event);

  // Events are kept from now on. Returns the number of the last event so far.
  uint64_t AddWatcher();
  void RemoveWatcher(int64_t now_unix_millis);

  // Of the last event.
  uint64_t last() const;
  // At most `most` events behind number `after`, in order.
  Batch Read(uint64_t after, size_t most) const;
  // Calls `wake` once, on any thread, when there is something behind `after`: at once, if there is.
  // `waiter` names it; a second Wait of the same replaces the first.
  void Wait(const void* waiter, uint64_t after, std::function<void()> wake);
  // Once it returned `wake` is not called any more, unless it is being called.
  void CancelWait(const void* waiter);

 private:
  void DropOld(int64_t now_unix_millis) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t first() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return last_ - events_.size() + 1;
  }

  const Limits limits_;
  std::atomic<bool> active_ = false;
  mutable Mutex mutex_;
  std::deque<EventPtr> events_ ABSL_GUARDED_BY(mutex_);  // they end with number last_
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t watchers_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t unwatched_since_millis_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<const void*, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace edge
