#pragma once

#include <array>
#include <cstdint>

#include "edge/wire/deflater.h"
#include "edge/wire/frame.h"

namespace edge {

// The frames that carry one message to the sessions of one shard: the plain one, and compressed
// ones by the window of the client. Lives as long as the message is being handed out; what a
// session gets costs a look into a small array.
class MessageFrames {
 public:
  // Compressed here when a session first needs it.
  MessageFrames(FramePtr plain, Deflater& deflater);
  // Compressed already, for the largest window. Null: it goes plain to all.
  MessageFrames(FramePtr plain, FramePtr deflated, Deflater& deflater);

  // For a client with a window of 2^window_bits bytes; 0: it did not agree on compression.
  LocalFrame& For(uint8_t window_bits) {
    const LocalFramePtr& chosen = chosen_[window_bits];
    return chosen ? *chosen : Choose(window_bits);
  }

 private:
  LocalFrame& Choose(uint8_t window_bits);
  // For this window, or the plain one.
  LocalFramePtr Compress(uint8_t window_bits);

  Deflater& deflater_;
  std::array<LocalFramePtr, kMaxWindowBits + 1> chosen_;  // by window; [0] is the plain one
};

}  // namespace edge
