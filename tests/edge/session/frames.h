#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "edge/session/outbound_queue.h"

namespace edge {

inline LocalFramePtr FrameOf(std::string_view bytes) {
  return Localize(Frame::Copy(bytes));
}

// What the next write would put on the wire, with up to `entries` buffers.
inline std::string Gathered(const OutboundQueue& queue, size_t entries = 64) {
  std::vector<iovec> buffers(entries);
  const size_t used = queue.Gather(buffers);
  std::string bytes;
  for (size_t i = 0; i < used; ++i) {
    bytes.append(static_cast<const char*>(buffers[i].iov_base), buffers[i].iov_len);
  }
  return bytes;
}

}  // namespace edge
