#include "edge/base/timing_wheel.h"

#include <algorithm>

#include "edge/base/check.h"

namespace edge {

TimingWheel::TimingWheel(int64_t now_millis, size_t slots)
    : slots_(slots), current_tick_(now_millis / kTickMillis) {
  GATEHOUSE_CHECK(slots != 0 && (slots & (slots - 1)) == 0,
                  "the number of slots is a power of two");
  for (WheelNode& head : slots_) head.prev_ = head.next_ = &head;
}

void TimingWheel::Link(WheelNode& head, WheelNode& node) {
  node.prev_ = head.prev_;
  node.next_ = &head;
  head.prev_->next_ = &node;
  head.prev_ = &node;
  ++size_;
}

void TimingWheel::Unlink(WheelNode& node) {
  node.prev_->next_ = node.next_;
  node.next_->prev_ = node.prev_;
  node.prev_ = node.next_ = nullptr;
  --size_;
}

void TimingWheel::Schedule(WheelNode& node, int64_t due_millis) {
  if (node.scheduled()) Unlink(node);
  // Rounded up: a deadline never fires early. The current slot has been served already.
  const int64_t tick = due_millis / kTickMillis + (due_millis % kTickMillis > 0 ? 1 : 0);
  node.due_tick_ = std::max(tick, current_tick_ + 1);
  Link(slots_[static_cast<size_t>(node.due_tick_) & (slots_.size() - 1)], node);
}

void TimingWheel::Cancel(WheelNode& node) {
  if (node.scheduled()) Unlink(node);
}

void TimingWheel::Advance(int64_t now_millis, absl::FunctionRef<void(WheelNode&)> fire) {
  const int64_t target = now_millis / kTickMillis;
  while (current_tick_ < target) {
    ++current_tick_;
    WheelNode& head = slots_[static_cast<size_t>(current_tick_) & (slots_.size() - 1)];
    // Due nodes go to a list of their own first: `fire` may change this very slot.
    WheelNode due;
    due.prev_ = due.next_ = &due;
    for (WheelNode* node = head.next_; node != &head;) {
      WheelNode* const next = node->next_;
      if (node->due_tick_ <= current_tick_) {
        Unlink(*node);
        Link(due, *node);
      }
      node = next;
    }
    while (due.next_ != &due) {
      WheelNode& node = *due.next_;
      Unlink(node);
      fire(node);
    }
  }
}

}  // namespace edge
