#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace edge {

// The name most like `wanted`, for "did you mean": at most a third of its letters differ. Nothing
// when none is near. O(names * length^2); `wanted` beyond 128 bytes is near nothing.
std::optional<std::string> NearestName(std::string_view wanted, std::span<const std::string> names);

}  // namespace edge
