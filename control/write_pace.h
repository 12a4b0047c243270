#pragma once

#include <grpcpp/impl/call_op_set.h>

#include <utility>

namespace control {

// The options of a stream's writes: what has others behind it may wait for them, so that they go
// out in one piece (a burst of 64 answers: one send instead of 64).
//
// Whoever asks with `more` writes again as soon as this write is done, or ends the stream.
class WritePace {
 public:
  grpc::WriteOptions Next(bool more) {
    grpc::WriteOptions options;
    // Never the first: it is done when the headers in front of it have been sent, and would wait
    // for what is written only after it.
    if (!std::exchange(first_, false) && more) options.set_buffer_hint();
    return options;
  }

 private:
  bool first_ = true;
};

}  // namespace control
