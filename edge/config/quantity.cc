#include "edge/config/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>

namespace edge {
namespace {

struct Unit {
  std::string_view suffix;
  uint64_t factor;
};
// Largest first: printing takes the first that divides.
constexpr std::array<Unit, 4> kTimes = {{{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"", 1}}};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// `whole` and `fraction` are decimal digits; the result must come out even.
std::optional<uint64_t> Scale(std::string_view whole, std::string_view fraction, uint64_t factor) {
  const std::optional<uint64_t> count = ParseCount(whole);
  uint64_t value = 0;
  if (!count || __builtin_mul_overflow(*count, factor, &value)) return std::nullopt;
  if (fraction.size() > 9) return std::nullopt;
  uint64_t part = 0;
  uint64_t scale = 1;
  for (const char digit : fraction) {
    part = part * 10 + static_cast<uint64_t>(digit - '0');
    scale *= 10;
  }
  // Below 10^9 times 2^30: fits 64 bits.
  if (part * factor % scale != 0) return std::nullopt;
  if (__builtin_add_overflow(value, part * factor / scale, &value)) return std::nullopt;
  return value;
}

std::optional<uint64_t> ParseQuantity(std::string_view text, std::span<const Unit> units) {
  size_t end = 0;
  while (end < text.size() && IsDigit(text[end])) ++end;
  const std::string_view whole = text.substr(0, end);
  std::string_view fraction;
  if (end < text.size() && text[end] == '.') {
    const size_t start = ++end;
    while (end < text.size() && IsDigit(text[end])) ++end;
    fraction = text.substr(start, end - start);
    if (fraction.empty()) return std::nullopt;
  }
  const std::string_view suffix = text.substr(end);
  for (const Unit& unit : units) {
    if (unit.suffix == suffix) return Scale(whole, fraction, unit.factor);
  }
  if (text == "0") return 0;
  return std::nullopt;
}

std::string PrintQuantity(uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.suffix);
    }
  }
  return "0";
}

}  // namespace

std::optional<uint64_t> ParseDuration(std::string_view text) {
  return ParseQuantity(text, kTimes);
}

std::string PrintDuration(uint64_t millis) {
  return millis == 0 ? "0s" : PrintQuantity(millis, kTimes);
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  return ParseQuantity(text, kSizes);
}

std::string PrintBytes(uint64_t bytes) {
  return PrintQuantity(bytes, kSizes);
}

std::optional<uint64_t> ParseCount(std::string_view text) {
  if (text.empty() || !IsDigit(text.front())) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace edge
