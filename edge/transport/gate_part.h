#pragma once

namespace edge {

// Something a gate owns until it is done: a connection before its session, or after it.
class GatePart {
 public:
  virtual ~GatePart() = default;
};

}  // namespace edge
