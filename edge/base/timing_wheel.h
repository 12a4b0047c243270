#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace edge {

// What is put on a wheel holds one of these (24 bytes) as a member or base.
class WheelNode {
 public:
  WheelNode() = default;
  WheelNode(const WheelNode&) = delete;
  WheelNode& operator=(const WheelNode&) = delete;
  bool scheduled() const { return next_ != nullptr; }

 private:
  friend class TimingWheel;
  WheelNode* prev_ = nullptr;
  WheelNode* next_ = nullptr;
  int64_t due_tick_ = 0;
};

// One hashed timing wheel a shard: all its deadlines, without a timer object or an allocation each.
//
// Pure state, time is given. Belongs to one shard. Scheduling and cancelling are O(1); Advance is
// O(slots passed + nodes in them). A node fires at most one tick late and never early. Nodes must
// be cancelled before they are destroyed; the wheel does not own them.
class TimingWheel {
 public:
  static constexpr int64_t kTickMillis = 64;

  explicit TimingWheel(int64_t now_millis, size_t slots = 1024);

  // Arms `node` for `due_millis`, moving it if it was armed before.
  void Schedule(WheelNode& node, int64_t due_millis);
  void Cancel(WheelNode& node);

  // Disarms every due node and passes it to `fire`, which may schedule and cancel any node.
  void Advance(int64_t now_millis, absl::FunctionRef<void(WheelNode&)> fire);

  size_t size() const { return size_; }

 private:
  void Link(WheelNode& head, WheelNode& node);
  void Unlink(WheelNode& node);

  std::vector<WheelNode> slots_;
  int64_t current_tick_;
  size_t size_ = 0;
};

}  // namespace edge
