#include "edge/base/connection_id.h"

#include <fmt/format.h>

namespace edge {
namespace {

constexpr size_t kDigits = 32;

std::optional<uint32_t> ParseHex(std::string_view text) {
  uint32_t value = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<uint32_t>(c - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace

std::optional<ConnectionId> ConnectionId::Parse(std::string_view text) {
  if (text.size() != kDigits) return std::nullopt;
  const auto node = ParseHex(text.substr(0, 8));
  const auto nonce = ParseHex(text.substr(8, 8));
  const auto place = ParseHex(text.substr(16, 8));
  const auto generation = ParseHex(text.substr(24, 8));
  if (!node || !nonce || !place || !generation) return std::nullopt;
  return ConnectionId{*node, *nonce, static_cast<uint8_t>(*place >> 24), *place & 0xffffff,
                      *generation};
}

std::string ConnectionId::ToString() const {
  return fmt::format("{:08x}{:08x}{:02x}{:06x}{:08x}", node, nonce, shard, slot, generation);
}

}  // namespace edge
