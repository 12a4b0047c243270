#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How times, sizes and counts are written in the configuration. Pure functions.
namespace edge {

// A time in milliseconds: 500ms, 1.5s, 25s, 5m, 1h. A unit is needed, except after a bare 0.
// Nothing when `text` is none, is no whole number of milliseconds, or does not fit.
std::optional<uint64_t> ParseDuration(std::string_view text);
// In the largest unit that leaves a whole number: 1500ms, 25s, 1h.
std::string PrintDuration(uint64_t millis);

// A size in bytes: 512, 64KiB, 1.5MiB, 2GiB. KB and K are refused: some mean 1,000 by them and some
// 1,024.
std::optional<uint64_t> ParseBytes(std::string_view text);
std::string PrintBytes(uint64_t bytes);

// Digits only, without leading zeros: 0600 would be read as 384 by one and as 600 by another.
std::optional<uint64_t> ParseCount(std::string_view text);

}  // namespace edge
