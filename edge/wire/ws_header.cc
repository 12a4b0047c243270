#include "edge/wire/ws_header.h"

#include <cstring>

namespace edge {

bool WsHeader::Parse(std::span<const char> bytes) {
  if (bytes.size() < 2) return false;
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  fin = (at(0) & 0x80) != 0;
  reserved = at(0) & 0x70;
  opcode = at(0) & 0x0f;
  masked = (at(1) & 0x80) != 0;
  const uint8_t short_length = at(1) & 0x7f;
  const size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  size = 2 + extended + (masked ? 4 : 0);
  if (bytes.size() < size) return false;
  length = extended == 0 ? short_length : 0;
  for (size_t i = 0; i < extended; ++i) length = length << 8 | at(2 + i);
  minimal = extended == 0 || length >= (extended == 2 ? 126U : 65536U);
  if (masked) std::memcpy(key, bytes.data() + 2 + extended, 4);
  return true;
}

}  // namespace edge
