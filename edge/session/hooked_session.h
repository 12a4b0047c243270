#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "edge/base/room_position.h"

namespace edge {

// What a session has beside the others' where hooks are configured.
struct HookedSession {
  std::string state;        // the application's; at most 4 KiB
  std::string traceparent;  // what its questions are part of
  // While it is admitted: rooms the application is still to be asked about, the next one last.
  std::vector<WantedRoom> rooms_to_ask;
  // The expiry for which the edge has asked OnRefresh by itself; 0: none.
  int64_t renewal_asked_millis = 0;
};

}  // namespace edge
