#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Debian's absl::string_view is its own type, not std::string_view: this is the border between the
// two, and where messages are formatted (fmt, since absl::StrCat does not take std::string_view).
namespace edge {

inline absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view ToStd(absl::string_view text) {
  return {text.data(), text.size()};
}

// A status whose message is formatted: `Error(absl::StatusCode::kInvalidArgument, "room name is {}
// bytes, limit {}", size, limit)`. Messages name the limit and the value, never a secret or
// payload.
template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, ToAbsl(fmt::format(format, std::forward<Args>(args)...)));
}

// Lets std::string keys of hash maps be looked up by std::string_view without a copy.
struct TransparentHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace edge
