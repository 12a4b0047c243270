#include "edge/shard/mailbox.h"

#include <unistd.h>

#include <algorithm>
#include <bit>

#include "edge/base/check.h"

namespace edge {
namespace {

constexpr size_t kMinLane = 64;

}  // namespace

Mailbox::Mailbox(size_t shards, size_t capacity, int wake_fd)
    : lane_capacity_(std::bit_floor(std::max(capacity / std::max<size_t>(shards, 1), kMinLane))),
      external_capacity_(capacity),
      wake_fd_(wake_fd),
      lanes_(shards) {}

Mailbox::~Mailbox() {
  for (Lane& lane : lanes_) delete[] lane.slots.load(std::memory_order_relaxed);
}

bool Mailbox::PostFromShard(ShardIndex from, Task task) {
  return PostToLane(from, std::move(task), reply_reserve());
}

bool Mailbox::PostReply(ShardIndex from, Task task) {
  return PostToLane(from, std::move(task), 0);
}

bool Mailbox::PostToLane(ShardIndex from, Task task, size_t keep_free) {
  Lane& lane = lanes_[from];
  const uint64_t tail = lane.tail.load(std::memory_order_relaxed);
  const uint64_t head = lane.head.load(std::memory_order_acquire);
  if (tail - head + keep_free >= lane_capacity_) return false;
  Task* slots = lane.slots.load(std::memory_order_relaxed);
  if (slots == nullptr) {
    slots = new Task[lane_capacity_];
    lane.slots.store(slots, std::memory_order_release);
  }
  slots[tail & (lane_capacity_ - 1)] = std::move(task);
  lane.tail.store(tail + 1, std::memory_order_seq_cst);
  WakeIfSleeping();
  return true;
}

size_t Mailbox::FreeFrom(ShardIndex from) const {
  const Lane& lane = lanes_[from];
  const uint64_t used =
      lane.tail.load(std::memory_order_relaxed) - lane.head.load(std::memory_order_acquire);
  const uint64_t taken = used + reply_reserve();
  return taken >= lane_capacity_ ? 0 : lane_capacity_ - taken;
}

bool Mailbox::PostExternal(Task task, uint64_t sender) {
  {
    const MutexLock lock(mutex_);
    if (external_size_.load(std::memory_order_relaxed) >= external_capacity_) return false;
    external_[sender % kExternalQueues].push_back(std::move(task));
    external_size_.fetch_add(1, std::memory_order_seq_cst);
  }
  WakeIfSleeping();
  return true;
}

void Mailbox::WakeIfSleeping() {
  // Dekker: the producer writes tail or external_size_, then reads `sleeping_`; the consumer writes
  // `sleeping_`, then reads those. All four are seq_cst, so one of them sees the other. Not fences:
  // TSan does not know them.
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  if (!sleeping_.exchange(false, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  const ssize_t written = ::write(wake_fd_, &one, sizeof one);
  (void)written;  // EAGAIN: the counter is at its top, so the reader wakes all the same
}

bool Mailbox::HasWork() const {
  if (external_size_.load(std::memory_order_seq_cst) > 0) return true;
  return std::ranges::any_of(lanes_, [](const Lane& lane) {
    return lane.tail.load(std::memory_order_seq_cst) != lane.head.load(std::memory_order_relaxed);
  });
}

bool Mailbox::PrepareSleep() {
  sleeping_.store(true, std::memory_order_seq_cst);
  if (!HasWork()) return true;
  AwakeAgain();
  return false;
}

size_t Mailbox::DrainLane(Lane& lane, size_t max, Hub& hub) {
  uint64_t head = lane.head.load(std::memory_order_relaxed);
  const uint64_t tail = lane.tail.load(std::memory_order_acquire);
  Task* const slots = lane.slots.load(std::memory_order_acquire);
  size_t ran = 0;
  for (; head != tail && ran < max; ++ran) {
    // Out of the ring before it runs: a task that posts back to us must see its own slot free.
    Task task = std::move(slots[head & (lane_capacity_ - 1)]);
    lane.head.store(++head, std::memory_order_release);
    task(hub);
  }
  return ran;
}

void Mailbox::TakeExternal() {
  if (external_size_.load(std::memory_order_acquire) == taken_left_) return;
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < kExternalQueues; ++i) {
    Taken& taken = taken_[i];
    if (!taken.done() || external_[i].empty()) continue;
    taken.tasks.clear();
    taken.next = 0;
    std::swap(taken.tasks, external_[i]);
    taken_left_ += taken.tasks.size();
  }
}

size_t Mailbox::DrainExternal(size_t max, Hub& hub) {
  TakeExternal();
  size_t ran = 0;
  while (ran < max && taken_left_ > 0) {
    Taken& taken = taken_[next_queue_++ % kExternalQueues];
    if (taken.done()) continue;
    Task task = std::move(taken.tasks[taken.next++]);
    --taken_left_;
    external_size_.fetch_sub(1, std::memory_order_release);
    task(hub);
    ++ran;
  }
  return ran;
}

size_t Mailbox::Drain(size_t max, Hub& hub) {
  const size_t share = std::max<size_t>(max / (lanes_.size() + 1), 1);
  size_t ran = DrainExternal(share, hub);
  for (Lane& lane : lanes_) ran += DrainLane(lane, share, hub);
  return ran;
}

}  // namespace edge
