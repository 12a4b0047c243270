#include "edge/auth/base64url.h"

#include <array>
#include <cstdint>

namespace edge {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int8_t, 256> MakeValues() {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<uint8_t>(kDigits[i])] = static_cast<int8_t>(i);
  }
  return values;
}
constexpr std::array<int8_t, 256> kValues = MakeValues();

}  // namespace

std::string Base64UrlEncode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += kDigits[bits >> count & 63];
    }
  }
  if (count > 0) out += kDigits[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out(text.size() / 4 * 3 + text.size() % 4 * 3 / 4, '\0');
  char* to = out.data();
  const auto value = [&text](size_t at) {
    return int32_t{kValues[static_cast<uint8_t>(text[at])]};
  };
  for (; text.size() >= 4; text.remove_prefix(4)) {
    // A character that is none makes it negative.
    const int32_t bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
    if (bits < 0) return std::nullopt;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  if (text.empty()) return out;
  const int32_t bits = value(0) << 12 | value(1) << 6 | (text.size() == 3 ? value(2) : 0);
  // Two texts must not stand for the same bytes: what is left over is zero.
  const int32_t unused = text.size() == 3 ? 0x3 : 0x3ff;
  if (bits < 0 || (bits & unused) != 0) return std::nullopt;
  *to++ = static_cast<char>(bits >> 10);
  if (text.size() == 3) *to++ = static_cast<char>(bits >> 2);
  return out;
}

}  // namespace edge
