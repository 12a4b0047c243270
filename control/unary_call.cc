#include "control/unary_call.h"

#include <algorithm>
#include <chrono>

#include "control/grpc_status.h"
#include "control/status_details.h"
#include "edge/base/log.h"

namespace control {
namespace {

// What changes who is where is told in the log, with who did it; the rest only at debug.
bool IsAudited(std::string_view rpc) {
  constexpr std::string_view kAudited[] = {"Kick", "Ban", "Unban", "AddMembers", "RemoveMembers"};
  return std::ranges::find(kAudited, rpc) != std::end(kAudited);
}

}  // namespace

absl::StatusOr<edge::Caller> Admit(const CallEnvironment& environment, std::string_view rpc,
                                   const grpc::CallbackServerContext& context) {
  if (environment.draining.load(std::memory_order_relaxed)) {
    return absl::UnavailableError("draining");
  }
  absl::StatusOr<edge::Caller> caller = environment.auth.Authenticate(context);
  if (!caller.ok()) return caller;
  if (absl::Status status = CheckMayCall(*caller, rpc); !status.ok()) return status;
  return caller;
}

absl::Status CheckInTime(const grpc::CallbackServerContext& context) {
  if (context.deadline() <= std::chrono::system_clock::now()) {
    return absl::DeadlineExceededError("the deadline had passed before the work began");
  }
  if (context.IsCancelled()) return absl::CancelledError("the caller has gone");
  return absl::OkStatus();
}

void UnaryCall::Bind(std::shared_ptr<UnaryCall> self, const grpc::CallbackServerContext& context) {
  self_ = std::move(self);
  if (IsAudited(rpc_)) peer_ = context.peer();
}

void UnaryCall::BoundTime(const grpc::CallbackServerContext& context, int64_t max_millis) {
  if (context.deadline() != std::chrono::system_clock::time_point::max()) return;
  alarm_.emplace();
  alarm_->Set(std::chrono::system_clock::now() + std::chrono::milliseconds(max_millis),
              [weak = weak_from_this()](bool expired) {
                const auto call = expired ? weak.lock() : nullptr;
                if (call != nullptr) {
                  call->Fail(absl::DeadlineExceededError("control.max_deadline is over"));
                }
              });
}

void UnaryCall::Send(const google::protobuf::Message& response) {
  if (!Claim()) return;
  *response_ = ToBytes(response);
  Log(absl::OkStatus());
  Finish(grpc::Status::OK);
}

void UnaryCall::Fail(const absl::Status& status) {
  if (!Claim()) return;
  Log(status);
  Finish(ToGrpcStatus(status));
}

void UnaryCall::OnCancel() {
  Fail(absl::CancelledError("the caller has gone"));
}

void UnaryCall::OnDone() {
  started_.load(std::memory_order_acquire);
  alarm_.reset();
  const std::shared_ptr<UnaryCall> last = std::move(self_);
}

void UnaryCall::Log(const absl::Status& status) const {
  if (IsAudited(rpc_) && status.ok()) {
    edge::LogInfo("control call", {{"rpc", rpc_}, {"caller", caller_}, {"peer", peer_}});
    return;
  }
  edge::LogDebug("control call",
                 {{"rpc", rpc_}, {"caller", caller_}, {"code", static_cast<int>(status.code())}});
}

}  // namespace control
