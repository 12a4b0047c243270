// DEPS auth
// A pattern, a line feed, a room: matched as the definition says, and never for long.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "edge/auth/room_pattern.h"

namespace edge {
namespace {

// The definition: what the first i characters of the room can be after each part of the pattern.
bool Matches(std::string_view pattern, std::string_view room) {
  std::vector<bool> reached(room.size() + 1, false);
  reached[0] = true;
  for (const char each : pattern) {
    std::vector<bool> next(room.size() + 1, false);
    bool any = false;
    for (size_t i = 0; i <= room.size(); ++i) {
      any = any || reached[i];
      if (each == '*') {
        next[i] = any;
      } else if (i < room.size() && reached[i] && room[i] == each) {
        next[i + 1] = true;
      }
    }
    reached = std::move(next);
  }
  return reached[room.size()];
}

}  // namespace
}  // namespace edge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edge;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 1024) return 0;
  const size_t feed = text.find('\n');
  if (feed == std::string_view::npos) return 0;
  const std::string_view pattern = text.substr(0, feed);
  const std::string_view room = text.substr(feed + 1);
  const bool expected = Matches(pattern, room);
  if (MatchesRoomPattern(pattern, room) != expected) std::abort();
  const auto patterns = RoomPatterns::Parse({std::string(pattern)});
  if (patterns.ok() && patterns->Matches(room) != expected) std::abort();
  return 0;
}
