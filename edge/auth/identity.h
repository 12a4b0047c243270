#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "edge/auth/room_pattern.h"
#include "edge/base/ids.h"

namespace edge {

// What a token allows. Immutable and shared: most sessions have the same rights as many others.
struct Grants {
  RoomPatterns join;
  RoomPatterns publish;
};

// Who a client is, as its token says.
struct Identity {
  UserId user;
  std::string info;  // presence info: compact JSON; empty: none
  std::shared_ptr<const Grants> grants;
  int64_t expires_at_millis = 0;  // Unix time; 0: never
  int64_t issued_at_millis = 0;   // 0: not said
  std::string token_id;           // jti
};

}  // namespace edge
