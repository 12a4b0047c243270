#pragma once

#include <string>
#include <string_view>

#include "edge/base/shard_thread.h"
#include "edge/transport/socket.h"

namespace edge {

// What stands before a gate's own endpoints: the reverse proxy (edge/proxy), when there is one.
// Belongs to its gate, on its shard.
class RequestFront {
 public:
  virtual ~RequestFront() = default;
  // The head of a client's first request has come whole: `received` begins with it. What is the
  // gate's own comes back by HttpGate::OnRequest.
  virtual void Begin(Socket socket, std::string received, std::string remote_address)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) = 0;
  // Whether connections begin with a PROXY header, and whose is believed.
  virtual bool WantsProxyHeader() const = 0;
  virtual bool Trusts(std::string_view remote_address) const = 0;
};

}  // namespace edge
