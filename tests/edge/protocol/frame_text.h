#pragma once

#include <string>

#include "edge/wire/frame.h"
#include "edge/wire/ws_frame.h"

namespace edge {

// The payload of a frame; "not a text frame" when it is none, so that a test sees it.
inline std::string TextOf(const FramePtr& frame) {
  if (static_cast<unsigned char>(frame->bytes()[0]) != 0x81) return "not a text frame";
  size_t payload = 0;
  while (payload + WsHeaderSize(payload) < frame->size()) ++payload;
  return std::string(frame->bytes().substr(WsHeaderSize(payload)));
}

}  // namespace edge
