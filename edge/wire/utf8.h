#pragma once

#include <cstdint>
#include <string_view>

namespace edge {

// Whether `text` is UTF-8 (RFC 3629). At simdjson's speed. The bytes up to 64 past its end must be
// readable.
bool IsUtf8(std::string_view text);

// Checks UTF-8 that arrives in pieces, and says at once when a byte cannot be right: no surrogate,
// no overlong form, nothing above U+10FFFF. Four bytes of state.
class Utf8Checker {
 public:
  // False: invalid, now and for ever.
  bool Feed(std::string_view piece);
  // The text may end here: no character is unfinished.
  bool complete() const { return missing_ == 0; }

 private:
  uint8_t missing_ = 0;  // continuation bytes still to come
  uint8_t low_ = 0x80;   // bounds of the next one
  uint8_t high_ = 0xbf;
};

}  // namespace edge
