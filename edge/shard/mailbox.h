#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "edge/base/ids.h"
#include "edge/base/mutex.h"

namespace edge {

class Hub;

// What shards and other threads ask of a hub: runs on the hub's shard.
using Task = absl::AnyInvocable<void(Hub&)>;

// The way into one shard. Any thread posts, the shard drains.
//
// Bounded, in lanes: one for each shard as the producer (single producer, single consumer, no
// lock), and one for all other threads (a short lock). FIFO within a lane. The last quarter of a
// shard's lane is kept for replies, so that a request that was accepted can always be answered. A
// full lane is an answer: the post returns false and nothing happened.
//
// The consumer says when it is going to sleep; only then a post writes the eventfd, so that a burst
// costs one wake-up.
class Mailbox {
 public:
  // `wake_fd` is an eventfd that outlives the mailbox.
  Mailbox(size_t shards, size_t capacity, int wake_fd);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From the thread of shard `from` only.
  bool PostFromShard(ShardIndex from, Task task);
  bool PostReply(ShardIndex from, Task task);
  // How many PostFromShard would still be taken. Exact for the producer: only the consumer makes it
  // grow. A home admits a publication only when every member shard has room for it.
  size_t FreeFrom(ShardIndex from) const;
  // Replies that always fit beside ordinary posts.
  size_t reply_reserve() const { return lane_capacity_ / 4; }

  // From any thread that is no shard's. Tasks of one `sender` (any number) run in their order;
  // senders take turns, so that one who floods is not in the others' way.
  bool PostExternal(Task task, uint64_t sender = 0);

  // ---- The consumer ----

  // Runs up to `max` tasks, taking turns between lanes; returns how many ran.
  size_t Drain(size_t max, Hub& hub);
  // Says that the shard is going to sleep. False: something is there already, do not.
  bool PrepareSleep();
  void AwakeAgain() { sleeping_.store(false, std::memory_order_relaxed); }

 private:
  // A ring between two shards. Its slots are made with the first post: most of N*N lanes of a large
  // node carry little.
  struct alignas(64) Lane {
    std::atomic<Task*> slots = nullptr;
    alignas(64) std::atomic<uint64_t> tail = 0;  // written by the producer
    alignas(64) std::atomic<uint64_t> head = 0;  // written by the consumer
  };

  bool PostToLane(ShardIndex from, Task task, size_t keep_free);
  size_t DrainLane(Lane& lane, size_t max, Hub& hub);
  size_t DrainExternal(size_t max, Hub& hub);
  void TakeExternal();
  bool HasWork() const;
  void WakeIfSleeping();

  const size_t lane_capacity_;  // a power of two
  const size_t external_capacity_;
  const int wake_fd_;
  std::vector<Lane> lanes_;
  std::atomic<bool> sleeping_ = false;

  // External tasks are in queues by sender; two senders may share one.
  static constexpr size_t kExternalQueues = 16;
  Mutex mutex_;
  std::array<std::vector<Task>, kExternalQueues> external_ ABSL_GUARDED_BY(mutex_);
  std::atomic<size_t> external_size_ = 0;  // posted and not yet run
  // The consumer's: what it swapped out of each of external_, and how much is left of that.
  struct Taken {
    std::vector<Task> tasks;
    size_t next = 0;
    bool done() const { return next == tasks.size(); }
  };
  std::array<Taken, kExternalQueues> taken_;
  size_t taken_left_ = 0;
  size_t next_queue_ = 0;
};

}  // namespace edge
