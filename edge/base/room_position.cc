#include "edge/base/room_position.h"

#include <fmt/format.h>

#include <charconv>

namespace edge {
namespace {

constexpr size_t kEpochDigits = 16;

// The whole of `text`, digits only.
std::optional<uint64_t> ParseNumber(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string FormatEpoch(uint64_t epoch) {
  return fmt::format("{:016x}", epoch);
}

std::optional<uint64_t> ParseEpoch(std::string_view text) {
  if (text.size() != kEpochDigits) return std::nullopt;
  return ParseNumber(text, 16);
}

std::string FormatRoomPosition(const RoomPosition& position) {
  return fmt::format("{:016x}:{}", position.epoch, position.offset);
}

std::optional<RoomPosition> ParseRoomPosition(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto epoch = ParseEpoch(text.substr(0, colon));
  const auto offset = ParseNumber(text.substr(colon + 1), 10);
  if (!epoch || !offset) return std::nullopt;
  return RoomPosition{*epoch, *offset};
}

}  // namespace edge
