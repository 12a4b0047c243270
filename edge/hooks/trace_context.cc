#include "edge/hooks/trace_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "edge/base/random.h"

namespace edge {
namespace {

// 00-TRACE-PARENT-FLAGS
constexpr size_t kTrace = 3;
constexpr size_t kTraceSize = 32;
constexpr size_t kParent = kTrace + kTraceSize + 1;
constexpr size_t kParentSize = 16;
constexpr size_t kFlags = kParent + kParentSize + 1;
constexpr size_t kSize = kFlags + 2;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

bool IsValid(std::string_view text) {
  if (text.size() != kSize || !text.starts_with("00-")) return false;
  if (text[kParent - 1] != '-' || text[kFlags - 1] != '-') return false;
  const std::string_view trace = text.substr(kTrace, kTraceSize);
  const std::string_view parent = text.substr(kParent, kParentSize);
  return IsHex(trace) && IsHex(parent) && IsHex(text.substr(kFlags)) && !IsZero(trace) &&
         !IsZero(parent);
}

// Ids only have to differ: one seed for each thread.
uint64_t NextId() {
  thread_local FastRandom random(SecureRandom64());
  return random.Next() | 1;
}

}  // namespace

std::string AdoptTraceparent(std::string_view header) {
  if (IsValid(header)) return std::string(header);
  return fmt::format("00-{:016x}{:016x}-{:016x}-01", SecureRandom64(), NextId(), NextId());
}

std::string ChildTraceparent(std::string_view traceparent) {
  if (traceparent.size() != kSize) return {};
  return fmt::format("{}{:016x}{}", traceparent.substr(0, kParent), NextId(),
                     traceparent.substr(kFlags - 1));
}

}  // namespace edge
