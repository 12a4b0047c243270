#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "edge/wire/frame.h"

namespace edge {

// What is compressed, and how much work it is worth.
struct DeflateRules {
  size_t threshold = 256;  // shorter messages stay as they are
  int level = 3;           // zlib's, 1 to 9
  // Off for conformance suites, which want everything compressed that may be.
  bool only_if_shorter = true;
};

inline constexpr int kMinWindowBits = 8;
inline constexpr int kMaxWindowBits = 15;

// Compresses messages for clients that agreed on permessage-deflate (RFC 7692), each by itself:
// what one compressed frame says, every client with the same window or a larger one can read.
//
// Belongs to one shard. A state of zlib's (268 KB) is made when a message first needs it and kept;
// clients whose window is too small for a message need one of their own for each window.
class Deflater {
 public:
  explicit Deflater(const DeflateRules& rules);
  ~Deflater();

  // The message of a whole plain data frame, for a window of 2^window_bits bytes. Null where the
  // plain frame should go instead: it is under the threshold, would not get shorter, or is longer
  // than a window of 256 bytes, the one that zlib does not make.
  FramePtr Compress(std::string_view plain, int window_bits);

  const DeflateRules& rules() const { return rules_; }
  // How often zlib was asked.
  uint64_t compressions() const { return compressions_; }

 private:
  struct State;
  static constexpr int kSmallestState = 9;

  // Null: no memory.
  State* StateOf(int window_bits);
  // Into scratch_. The size; 0: not worth it.
  size_t Deflate(State& state, std::string_view payload);

  DeflateRules rules_;
  std::array<std::unique_ptr<State>, kMaxWindowBits - kSmallestState + 1> states_;
  std::vector<char> scratch_;
  uint64_t compressions_ = 0;
};

}  // namespace edge
