#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/base/room_position.h"

namespace edge {

// What a client asks, whatever protocol it speaks. Views point into the message or into `storage`
// and are valid while the message is.
struct ClientCommand {
  enum class Kind : uint8_t { kPublish, kPresence, kJoin, kLeave, kPing, kRefresh, kRpc, kHistory };
  Kind kind = Kind::kPublish;
  std::string_view id;       // the client's own, raw as it came; empty: no answer wanted (publish)
  std::string room;          // empty: not named
  std::string_view content;  // kPublish: valid JSON text; kRpc: the parameters, empty: none
  std::string method;        // kRpc
  std::string token;         // kRefresh; empty: none
  std::string after;         // kPresence: continues a page
  // kJoin: what the client has. kHistory: where to go on from, exclusive.
  std::optional<RoomPosition> since;
  uint32_t limit = 0;    // kHistory: publications wanted; 0: as many as fit
  bool reverse = false;  // kHistory: the newest first
};

}  // namespace edge
