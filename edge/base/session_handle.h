#pragma once

#include <cstdint>

#include "edge/base/ids.h"

namespace edge {

// Names a session from anywhere: copying is free, and a handle whose session has gone finds
// nothing, because the slot's generation has moved on. Never a pointer leaves a shard; this does.
struct SessionHandle {
  ShardIndex shard = 0;
  uint32_t slot = 0;
  uint32_t generation = 0;

  friend bool operator==(const SessionHandle&, const SessionHandle&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SessionHandle& s) {
    return H::combine(std::move(h), s.shard, s.slot, s.generation);
  }
};

}  // namespace edge
