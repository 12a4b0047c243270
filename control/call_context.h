#pragma once

#include <cstddef>
#include <cstdint>

#include "edge/auth/api_key.h"
#include "edge/node/node_api.h"

namespace control {

// The bounds of a request, from the configuration.
struct RequestLimits {
  size_t max_payload_bytes = 0;
  size_t max_broadcast_rooms = 0;
};

// What a handler gets beside its request: who asks, and whom it asks.
struct CallContext {
  const edge::CallerScopes& scopes;
  edge::NodeApi& node;
  const RequestLimits& limits;
};

}  // namespace control
