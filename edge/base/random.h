#pragma once

#include <cstdint>

namespace edge {

// 64 bits from the operating system's generator: epochs, nonces, ids. Any thread. About 1 us.
uint64_t SecureRandom64();

// A fast generator for jitter and sampling; never for anything that must not be guessed. One owner.
class FastRandom {
 public:
  explicit FastRandom(uint64_t seed) : state_(seed | 1) {}
  uint64_t Next() {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DULL;
  }
  // Uniform in [0, bound); 0 when bound is 0.
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace edge
