#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/base/session_handle.h"

namespace edge {

// The public id of a connection: 128 bits, printed as 32 lower-case hex digits. It carries the node
// and the session's handle, so that finding a connection by its id is one array access and no map,
// on the right node. The nonce makes ids of different lives of a node distinct. Not a secret.
struct ConnectionId {
  uint32_t node = 0;
  uint32_t nonce = 0;
  uint8_t shard = 0;
  uint32_t slot = 0;  // 24 bits
  uint32_t generation = 0;

  static ConnectionId Of(uint32_t node, uint32_t nonce, SessionHandle handle) {
    return {node, nonce, static_cast<uint8_t>(handle.shard), handle.slot, handle.generation};
  }
  // Nothing when `text` is not 32 lower-case hex digits.
  static std::optional<ConnectionId> Parse(std::string_view text);
  std::string ToString() const;
  SessionHandle handle() const { return {shard, slot, generation}; }

  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
  friend auto operator<=>(const ConnectionId&, const ConnectionId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const ConnectionId& c) {
    return H::combine(std::move(h), c.node, c.nonce, c.shard, c.slot, c.generation);
  }
};

}  // namespace edge
