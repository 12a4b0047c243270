#pragma once

#include <cstdint>

namespace edge {

// Whether what connections that have gone took should be given back to the system, `open` being
// there now and `most` the most there were since it was done last. glibc keeps what is freed: after
// 8,000 TLS connections 145 MB instead of 28 (measured, docs/tuning.md). Giving it back walks the
// whole heap, under a lock that a shard's next allocation waits for (9 ms for those), so it is for
// storms only.
constexpr bool ShouldReturnMemory(uint32_t open, uint32_t most) {
  constexpr uint32_t kMany = 1000;
  return open <= most / 2 && most - open >= kMany;
}

}  // namespace edge
