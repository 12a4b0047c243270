#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/base/ids.h"

namespace edge {

// A place in a room's order: behind the publication `offset` of the room's life `epoch`.
struct RoomPosition {
  uint64_t epoch = 0;  // never 0 of a room that exists
  uint64_t offset = 0;

  friend bool operator==(const RoomPosition&, const RoomPosition&) = default;
};

// A room that a client joins, and what it has of it already.
struct WantedRoom {
  RoomName name;
  std::optional<RoomPosition> since;
};

// 16 hex digits.
std::string FormatEpoch(uint64_t epoch);
// Nothing when it is not what FormatEpoch writes.
std::optional<uint64_t> ParseEpoch(std::string_view text);

// "EPOCH:OFFSET", for URLs and event ids: "8d1f20c6a94be357:42".
std::string FormatRoomPosition(const RoomPosition& position);
std::optional<RoomPosition> ParseRoomPosition(std::string_view text);

}  // namespace edge
