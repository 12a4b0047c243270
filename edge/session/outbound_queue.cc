#include "edge/session/outbound_queue.h"

#include <algorithm>

#include "edge/base/check.h"

namespace edge {
namespace {

constexpr uint32_t kFirstCapacity = 4;

}  // namespace

OutboundQueue::~OutboundQueue() {
  Reset();
}

void OutboundQueue::Reset() {
  for (uint32_t i = 0; i < count_; ++i) At(i)->Release();
  count_ = bytes_ = head_offset_ = control_ = opening_ = 0;
  Release();
}

void OutboundQueue::Grow() {
  const uint32_t capacity = std::max(kFirstCapacity, capacity_ * 2);
  auto** const ring = new LocalFrame*[capacity];
  for (uint32_t i = 0; i < count_; ++i) ring[i] = At(i);
  if (ring_ != &single_) delete[] ring_;
  ring_ = ring;
  head_ = 0;
  capacity_ = capacity;
}

void OutboundQueue::InsertAt(uint32_t index, LocalFrame& frame) {
  if (count_ == capacity_) Grow();
  // The frames before `index` are few (a partly sent one and control frames): they move back by
  // one.
  head_ = (head_ + capacity_ - 1) & (capacity_ - 1);
  for (uint32_t i = 0; i < index; ++i) At(i) = At(i + 1);
  At(index) = &frame;
  ++count_;
  bytes_ += static_cast<uint32_t>(frame.size());
  frame.AddRef();
}

bool OutboundQueue::PushControl(LocalFrame& frame, const Limits& limits) {
  if (count_ >= limits.max_frames || bytes_ + frame.size() > limits.max_bytes) return false;
  // A partly sent control frame is counted in control_ still; a partly sent data frame is from the
  // first control frame behind it on.
  const uint32_t index = control_ > 0 ? control_ : (head_offset_ > 0 ? 1 : 0);
  InsertAt(index, frame);
  control_ = index + 1;
  return true;
}

void OutboundQueue::PushFront(LocalFrame& frame) {
  GATEHOUSE_CHECK(head_offset_ == 0, "the queue's first frame is under way");
  InsertAt(0, frame);
  ++control_;
  opening_ = 1;
}

void OutboundQueue::DropUnsent() {
  const uint32_t keep = head_offset_ > 0 || opening_ != 0 ? 1 : 0;
  for (uint32_t i = keep; i < count_; ++i) {
    bytes_ -= static_cast<uint32_t>(At(i)->size());
    At(i)->Release();
  }
  count_ = std::min(count_, keep);
  control_ = std::min<uint32_t>(control_, keep);
}

size_t OutboundQueue::Gather(std::span<iovec> out) const {
  const size_t entries = std::min<size_t>(out.size(), count_);
  for (uint32_t i = 0; i < entries; ++i) {
    const LocalFrame* const frame = At(i);
    const size_t skip = i == 0 ? head_offset_ : 0;
    out[i].iov_base = const_cast<char*>(frame->data()) + skip;
    out[i].iov_len = frame->size() - skip;
  }
  return entries;
}

void OutboundQueue::Consume(size_t written) {
  while (count_ > 0) {
    LocalFrame* const frame = At(0);
    const size_t rest = frame->size() - head_offset_;
    if (written < rest) {
      head_offset_ += static_cast<uint32_t>(written);
      return;
    }
    written -= rest;
    bytes_ -= static_cast<uint32_t>(frame->size());
    head_offset_ = 0;
    head_ = (head_ + 1) & (capacity_ - 1);
    --count_;
    if (control_ > 0) --control_;
    opening_ = 0;
    frame->Release();
  }
}

void OutboundQueue::Release() {
  if (count_ > 0 || ring_ == &single_) return;
  delete[] ring_;
  ring_ = &single_;
  capacity_ = 1;
  head_ = 0;
}

}  // namespace edge
