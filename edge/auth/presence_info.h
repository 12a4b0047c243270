#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace edge {

// Presence info is JSON of the application that becomes part of what members get: a few levels
// inside a presence answer, which other parsers than ours have to read.
inline constexpr size_t kMaxPresenceInfoDepth = 32;

// The same JSON without white space between its parts: no line break of a token reaches a member.
// `json` is one valid value. O(n).
std::string CompactJson(std::string_view json);

// kInvalidArgument: over `max_bytes`, or nested deeper than kMaxPresenceInfoDepth; the message
// names the value and the limit. `compact` is CompactJson's. O(n).
absl::Status CheckPresenceInfo(std::string_view compact, size_t max_bytes);

}  // namespace edge
