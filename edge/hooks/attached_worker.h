#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace gatehouse::v1 {
class AttachAnswer;
class AttachResponse;
}  // namespace gatehouse::v1

// The border between a stream of Attach and the service that its worker answers for. hooks.proto
// has the messages and what may follow what.
namespace edge {

// Who attaches. The fields have been checked by the caller.
struct AttachCommand {
  std::string service;         // by its name in hooks.services
  std::string worker;          // for the log
  uint32_t max_in_flight = 0;  // questions at a time, at least 1
};

// The stream, as the service sees it. Called on the hooks' thread; does not block.
class WorkerStream {
 public:
  virtual ~WorkerStream() = default;
  // Sends a message. At most max_in_flight questions, a cancel for each, and the welcome wait for a
  // worker that does not read. Dropped when the stream has ended.
  virtual void Send(const gatehouse::v1::AttachResponse& message) = 0;
  // Ends the stream; what waits is dropped. OK: the worker wanted to leave, and may.
  virtual void End(const absl::Status& status) = 0;
};

// The worker, as its stream sees it: whoever has it holds the worker's place in the service. One
// call at a time, any thread. Ends before the node does.
class AttachedWorker {
 public:
  // The worker is lost: what it has not answered is asked of the next or fails.
  virtual ~AttachedWorker() = default;
  // Hands over an answer. kInvalidArgument: the worker answers more than it was asked; the stream
  // is to be ended.
  virtual absl::Status Answer(gatehouse::v1::AttachAnswer&& answer) = 0;
  // The worker wants no more questions. When those it has are done, its stream gets End(OK).
  virtual void Leave() = 0;
};

}  // namespace edge
