#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "edge/base/room_position.h"
#include "edge/wire/frame.h"

namespace edge {

// What the edge tells one client, whatever protocol it speaks. Views are valid while it is encoded.
struct ClientReply {
  enum class Kind : uint8_t {
    kWelcome,  // first message, where the client asked for one
    kAck,      // a publish that carried an id
    kPong,
    kPresence,
    kJoined,   // answer to a join, or told when a service added the session
    kLeft,     // answer to a leave
    kRemoved,  // a service or shrunken rights took the session out of a room
    kRefreshed,
    kError,
    kRpc,  // the result of a method
    kHistory,
  };
  struct WelcomeRoom {
    std::string room;
    RoomPosition position;
    std::optional<bool> recovered;
  };
  struct PresentUser {
    std::string user;
    uint32_t connections = 0;
    std::string info;  // raw JSON; empty: none
  };

  Kind kind = Kind::kPong;
  std::string_view id;  // raw, of the command that is answered
  std::string_view room;
  RoomPosition position;  // kAck, kJoined, kHistory
  // kJoined: whether all that came after the position the client gave follows. Nothing: it gave
  // none.
  std::optional<bool> recovered;
  // kHistory: publications as the protocol's own frames, and whether there are more
  const std::vector<FramePtr>* publications = nullptr;
  bool more = false;
  // kWelcome
  std::string_view user;
  std::string connection;
  const std::vector<WelcomeRoom>* rooms = nullptr;
  // kPresence
  const std::vector<PresentUser>* present = nullptr;
  uint32_t user_count = 0;
  uint32_t connection_count = 0;
  std::string_view next;  // kPresence: for the next page; empty: the last
  // kWelcome, kRefreshed: when the token expires; 0: never
  int64_t expires_unix_millis = 0;
  std::string_view result;  // kRpc: raw JSON
  // kError
  absl::Status status;
};

}  // namespace edge
