#include "edge/wire/message_frames.h"

#include <utility>

#include "edge/wire/ws_frame.h"

namespace edge {

MessageFrames::MessageFrames(FramePtr plain, Deflater& deflater) : deflater_(deflater) {
  chosen_[0] = Localize(std::move(plain));
}

MessageFrames::MessageFrames(FramePtr plain, FramePtr deflated, Deflater& deflater)
    : MessageFrames(std::move(plain), deflater) {
  chosen_[kMaxWindowBits] = deflated ? Localize(std::move(deflated)) : chosen_[0];
}

LocalFramePtr MessageFrames::Compress(uint8_t window_bits) {
  FramePtr deflated = deflater_.Compress(chosen_[0]->bytes(), window_bits);
  return deflated ? Localize(std::move(deflated)) : chosen_[0];
}

LocalFrame& MessageFrames::Choose(uint8_t window_bits) {
  LocalFramePtr& chosen = chosen_[window_bits];
  LocalFramePtr& widest = chosen_[kMaxWindowBits];
  const bool fits = WsPayload(chosen_[0]->bytes()).size() <= size_t{1} << window_bits;
  if (fits || window_bits == kMaxWindowBits) {
    // One frame for all windows that hold the message.
    if (!widest) widest = Compress(kMaxWindowBits);
    chosen = widest;
  } else if (widest && &*widest == &*chosen_[0]) {
    chosen = chosen_[0];  // it did not get shorter with the largest window
  } else {
    chosen = Compress(window_bits);
  }
  return *chosen;
}

}  // namespace edge
