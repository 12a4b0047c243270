#pragma once

namespace edge {

// Something a gate owns until it is done: a connection before its session, or after it.
class GatePart {
 public:
  virtual ~GatePart() = default;
  // Nothing has come from the client yet: nobody is hurt when it is closed.
  virtual bool unused() const { return false; }
};

}  // namespace edge
