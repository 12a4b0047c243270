#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// Whether `room` is what `pattern` says: exact text, where `*` stands for any run of characters,
// also none and also ':'. Time O(pattern * room) at worst, without backtracking over more than one
// '*'.
bool MatchesRoomPattern(std::string_view pattern, std::string_view room);

// The rooms that a right is about. Immutable.
class RoomPatterns {
 public:
  static constexpr size_t kMaxPatterns = 64;

  RoomPatterns() = default;
  // kInvalidArgument: more than 64, or one that is empty, over 255 bytes or not of a room name's
  // characters and '*'.
  static absl::StatusOr<RoomPatterns> Parse(std::vector<std::string> patterns);

  bool Matches(std::string_view room) const;
  const std::vector<std::string>& patterns() const { return patterns_; }

 private:
  std::vector<std::string> patterns_;
};

}  // namespace edge
