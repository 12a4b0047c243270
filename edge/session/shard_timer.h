#pragma once

#include <cstdint>

#include "edge/base/timing_wheel.h"

namespace edge {

// What stands on a shard's wheel: the timer of the session in `slot`, or a DeadlineTimer.
struct ShardTimer : WheelNode {
  static constexpr uint32_t kNoSlot = 0xffffffff;
  uint32_t slot = kNoSlot;
};

// A deadline of something that is no session: a handshake, a lingering close.
class DeadlineTimer : public ShardTimer {
 public:
  virtual ~DeadlineTimer() = default;
  // On the shard's thread, once, disarmed. May destroy the timer.
  virtual void OnDeadline() = 0;
};

}  // namespace edge
