#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/base/room_position.h"
#include "edge/protocol/client_protocol.h"
#include "edge/room/publish_rules.h"
#include "edge/wire/frame.h"

namespace edge {

// Counts what becomes of one call's messages while the shards work on them, and tells the caller
// when the last is done. Any thread; the counts may be read in `done`.
class DeliveryJob {
 public:
  struct Part {
    absl::Status status;  // written by the home shard
    RoomPosition position;
    bool suppressed = false;  // PublishOutcome::suppressed
    std::atomic<uint32_t> matched = 0;
    std::atomic<uint32_t> queued = 0;
    std::atomic<uint32_t> dropped = 0;
  };
  using DoneCallback = absl::AnyInvocable<void(DeliveryJob&) &&>;

  // Holds one reference for the caller; `done` runs when all are gone.
  DeliveryJob(size_t parts, DoneCallback done) : parts_(parts), done_(std::move(done)) {}

  // A shard that has stopped drops what it was posted: the caller gets what was counted so far.
  ~DeliveryJob() {
    if (pending_.load(std::memory_order_relaxed) > 0) std::move(done_)(*this);
  }

  Part& part(size_t index) { return parts_[index]; }
  size_t size() const { return parts_.size(); }

  void AddRef(uint32_t count = 1) { pending_.fetch_add(count, std::memory_order_relaxed); }
  // The last one runs `done` on its thread.
  void Release() {
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) std::move(done_)(*this);
  }
  void Count(size_t index, uint32_t matched, uint32_t queued, uint32_t dropped) {
    Part& part = parts_[index];
    part.matched.fetch_add(matched, std::memory_order_relaxed);
    part.queued.fetch_add(queued, std::memory_order_relaxed);
    part.dropped.fetch_add(dropped, std::memory_order_relaxed);
  }

 private:
  std::vector<Part> parts_;
  std::atomic<uint32_t> pending_ = 1;
  DoneCallback done_;
};

// One publication on its way to the shards with members: immutable but for the job's counts.
struct Delivery {
  RoomName room;
  FramePtr frames[kEncodingCount];
  // The plain WebSocket's frame compressed for the largest window. Null: no member can have it, or
  // it is not worth it.
  FramePtr deflated;
  std::shared_ptr<const PublishRules> rules;  // null: none
  std::shared_ptr<DeliveryJob> job;           // null: nobody counts
  size_t part = 0;
};

}  // namespace edge
