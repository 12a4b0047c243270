#include "edge/wire/utf8.h"

#include <simdjson.h>

#include <cstring>

namespace edge {

bool IsUtf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

bool Utf8Checker::Feed(std::string_view piece) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  for (size_t i = 0; i < piece.size(); ++i) {
    // Runs of ASCII, eight bytes a step.
    while (missing_ == 0 && i + sizeof(uint64_t) <= piece.size()) {
      uint64_t chunk;
      std::memcpy(&chunk, piece.data() + i, sizeof chunk);
      if ((chunk & kHighBits) != 0) break;
      i += sizeof chunk;
    }
    if (i == piece.size()) return true;
    const auto byte = static_cast<uint8_t>(piece[i]);
    if (missing_ > 0) {
      if (byte < low_ || byte > high_) return false;
      --missing_;
      low_ = 0x80;
      high_ = 0xbf;
    } else if (byte < 0x80) {
      continue;
    } else if (byte >= 0xc2 && byte <= 0xdf) {
      missing_ = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      missing_ = 2;
      if (byte == 0xe0) low_ = 0xa0;   // no overlong form
      if (byte == 0xed) high_ = 0x9f;  // no surrogate
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      missing_ = 3;
      if (byte == 0xf0) low_ = 0x90;   // no overlong form
      if (byte == 0xf4) high_ = 0x8f;  // nothing above U+10FFFF
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace edge
