#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace edge {

// The header of one frame as it came (RFC 6455 section 5.2); whether it may come is the decoder's
// business.
struct WsHeader {
  static constexpr size_t kMaxSize = 14;

  bool fin = false;
  uint8_t reserved = 0;  // RSV1 to RSV3 where they stood, 0x70
  uint8_t opcode = 0;
  bool masked = false;
  bool minimal = true;  // its length is in the shortest form
  uint64_t length = 0;
  uint8_t key[4] = {};
  size_t size = 0;  // of the header

  // False: more bytes are needed.
  bool Parse(std::span<const char> bytes);
};

}  // namespace edge
