#include "edge/auth/room_pattern.h"

#include <algorithm>
#include <utility>

#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
bool MatchesRoomPattern(std::string_view pattern, std::string_view room) {
  constexpr size_t kNone = std::string_view::npos;
  size_t p = 0;
  size_t r = 0;
  size_t star = kNone;
  size_t resume = 0;
  while (r < room.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = r;
    } else if (p < pattern.size() && pattern[p] == room[r]) {
      ++p;
      ++r;
    } else if (star != kNone) {
      // Only the last '*' ever takes more: what an earlier one could take, it could too.
      p = star + 1;
      r = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

absl::StatusOr<RoomPatterns> RoomPatterns::Parse(std::vector<std::string> patterns) {
  if (patterns.size() > kMaxPatterns) {
    return Error(absl::StatusCode::kInvalidArgument, "{} room patterns, limit {}", patterns.size(),
                 kMaxPatterns);
  }
  for (const std::string& pattern : patterns) RETURN_IF_ERROR(CheckRoomPattern(pattern));
  RoomPatterns result;
  result.patterns_ = std::move(patterns);
  return result;
}

bool RoomPatterns::Matches(std::string_view room) const {
  return std::ranges::any_of(
      patterns_, [room](const std::string& pattern) { return MatchesRoomPattern(pattern, room); });
}

}  // namespace edge
