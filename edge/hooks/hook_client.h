#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "edge/hooks/hook_call.h"
#include "edge/hooks/hook_gate.h"

namespace edge {

// The way to one endpoint of the application: JSON over HTTP, gRPC, or the workers that attach.
//
// Belongs to the hooks' thread. Destroying it ends what is under way, whose `done` are dropped.
class HookClient {
 public:
  struct Result {
    HookOutcome outcome = HookOutcome::kFailed;
    std::string detail;     // what went wrong, for the log; never a value of the answer
    HookResponse response;  // kAnswered; its rules are not checked yet
  };
  using Done = absl::AnyInvocable<void(Result) &&>;

  virtual ~HookClient() = default;
  // Asks. `done` is called once, on the hooks' thread, after this has returned and not much later
  // than `deadline_millis` (Clock::MonotonicMillis).
  virtual void Call(std::shared_ptr<const HookCall> call, int64_t deadline_millis, Done done) = 0;
};

}  // namespace edge
