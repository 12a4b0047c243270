#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// Page tokens: what callers hand back unread to go on after a position.
std::string MakePageToken(const std::vector<std::string>& parts);
// kInvalidArgument: not a token of `count` parts that we made. An empty token gives empty parts.
absl::StatusOr<std::vector<std::string>> ReadPageToken(std::string_view token, size_t count);

}  // namespace edge
