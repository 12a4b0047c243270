#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "edge/wire/frame.h"

namespace edge {

// What waits to be written to one client: pointers to shared frames, in order.
//
// Belongs to one shard. Bounded by bytes and by frames: at the bound Push refuses, and the
// session's slow-consumer policy decides. A push is a pointer and a plain count; one frame needs no
// memory, a ring for more is kept while the session is busy and given back by Release, so that an
// idle session holds none here.
class OutboundQueue {
 public:
  struct Limits {
    uint32_t max_bytes = 1 << 20;
    uint32_t max_frames = 1024;
  };

  OutboundQueue() = default;
  ~OutboundQueue();
  OutboundQueue(const OutboundQueue&) = delete;
  OutboundQueue& operator=(const OutboundQueue&) = delete;

  bool empty() const { return count_ == 0; }
  uint32_t frames() const { return count_; }
  uint32_t bytes() const { return bytes_; }

  // At the end of the queue. False: over a limit, nothing changed. O(1), amortised.
  bool Push(LocalFrame& frame, const Limits& limits) {
    if (count_ >= limits.max_frames || bytes_ + frame.size() > limits.max_bytes) return false;
    Append(frame);
    return true;
  }
  // Before all data frames of which no byte has been sent, after earlier control frames: Ping and
  // Pong (RFC 6455 section 5.5: may be injected between the frames of a message).
  bool PushControl(LocalFrame& frame, const Limits& limits);
  // At the very front, and there it stays: what opens the connection, without which the client
  // could not read the rest. Only while nothing has been sent. No limit: it is one frame, once.
  void PushFront(LocalFrame& frame);
  // At the end, beyond the limits: a Close, after which nothing is pushed.
  void PushLast(LocalFrame& frame) { Append(frame); }

  // Drops every frame of which no byte has been sent, but what PushFront put there.
  void DropUnsent();

  // Fills `out` with what to write next; returns how many entries.
  size_t Gather(std::span<iovec> out) const;
  // Asks the processor for what the next Gather reads.
  void Prefetch() const { __builtin_prefetch(ring_ + head_); }
  // Takes off `written` bytes, releasing the frames that are done.
  void Consume(size_t written);
  // Gives back the ring if nothing waits.
  void Release();
  // Drops everything, as new.
  void Reset();

 private:
  void Append(LocalFrame& frame) {
    if (count_ == capacity_) Grow();
    ring_[(head_ + count_) & (capacity_ - 1)] = &frame;
    ++count_;
    bytes_ += static_cast<uint32_t>(frame.size());
    frame.AddRef();
  }
  void Grow();
  void InsertAt(uint32_t index, LocalFrame& frame);
  LocalFrame*& At(uint32_t index) { return ring_[(head_ + index) & (capacity_ - 1)]; }
  LocalFrame* At(uint32_t index) const { return ring_[(head_ + index) & (capacity_ - 1)]; }

  LocalFrame** ring_ = &single_;
  LocalFrame* single_ = nullptr;  // the ring of a session for which no more than one frame waits
  uint32_t head_ = 0;
  uint32_t count_ = 0;
  uint32_t capacity_ = 1;      // a power of two
  uint32_t head_offset_ = 0;   // bytes of the first frame that were sent
  uint32_t bytes_ = 0;         // unsent, but for head_offset_
  uint32_t control_ : 31 = 0;  // frames at the front that no control frame overtakes
  uint32_t opening_ : 1 = 0;   // the first frame is PushFront's
};

}  // namespace edge
