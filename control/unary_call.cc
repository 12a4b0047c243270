#include "control/unary_call.h"

#include <chrono>

#include "control/grpc_status.h"
#include "control/status_details.h"
#include "edge/base/log.h"

namespace control {
namespace {

// What changes who is where is told in the log, with who did it; the rest only at debug.
bool IsAudited(Rpc rpc) {
  switch (rpc) {
    case Rpc::kKick:
    case Rpc::kBan:
    case Rpc::kUnban:
    case Rpc::kAddMembers:
    case Rpc::kRemoveMembers:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<edge::Caller> Admit(const CallEnvironment& environment, Rpc rpc,
                                   const grpc::CallbackServerContext& context) {
  if (environment.draining.load(std::memory_order_relaxed)) {
    return absl::UnavailableError("draining");
  }
  absl::StatusOr<edge::Caller> caller = environment.auth.Authenticate(context);
  if (!caller.ok()) return caller;
  if (absl::Status status = CheckMayCall(*caller, NameOf(rpc)); !status.ok()) return status;
  return caller;
}

absl::Status CheckInTime(const grpc::CallbackServerContext& context) {
  // gRPC's own type: a deadline far away does not fit into the clock's.
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(gpr_convert_clock_type(deadline, GPR_CLOCK_REALTIME),
                   gpr_now(GPR_CLOCK_REALTIME)) <= 0) {
    return absl::DeadlineExceededError("the deadline had passed before the work began");
  }
  if (context.IsCancelled()) return absl::CancelledError("the caller has gone");
  return absl::OkStatus();
}

void UnaryCall::Bind(std::shared_ptr<UnaryCall> self, const grpc::CallbackServerContext& context) {
  self_ = std::move(self);
  if (IsAudited(rpc_)) peer_ = context.peer();
}

void UnaryCall::BoundTime(const grpc::CallbackServerContext& context) {
  if (context.deadline() != std::chrono::system_clock::time_point::max()) return;
  ticket_ = environment_.deadlines->Add(weak_from_this());
}

void UnaryCall::Send(const google::protobuf::Message& response) {
  if (!Claim()) return;
  grpc::ByteBuffer bytes = ToBytes(response);
  response_->Swap(&bytes);
  Count(absl::OkStatus());
  Log(absl::OkStatus());
  Finish(grpc::Status::OK);
}

void UnaryCall::Fail(const absl::Status& status) {
  if (!Claim()) return;
  Count(status);
  Log(status);
  Finish(ToGrpcStatus(status));
}

void UnaryCall::OnCancel() {
  Fail(absl::CancelledError("the caller has gone"));
}

void UnaryCall::OnDone() {
  started_.load(std::memory_order_acquire);
  if (ticket_) environment_.deadlines->Remove(*ticket_);
  const std::shared_ptr<UnaryCall> last = std::move(self_);
}

void UnaryCall::Count(const absl::Status& status) const {
  const auto took = std::chrono::steady_clock::now() - began_;
  environment_.metrics.CallEnded(
      static_cast<size_t>(rpc_), static_cast<int>(status.code()),
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

void UnaryCall::Log(const absl::Status& status) const {
  if (IsAudited(rpc_) && status.ok()) {
    edge::LogInfo("control call", {{"rpc", NameOf(rpc_)}, {"caller", caller_}, {"peer", peer_}});
    return;
  }
  edge::LogDebug(
      "control call",
      {{"rpc", NameOf(rpc_)}, {"caller", caller_}, {"code", static_cast<int>(status.code())}});
}

}  // namespace control
