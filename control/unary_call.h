#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/answer_thread.h"
#include "control/call_context.h"
#include "control/call_deadlines.h"
#include "control/caller_auth.h"
#include "control/message_bytes.h"
#include "control/reply.h"
#include "control/rpc.h"
#include "control/stream_registry.h"
#include "edge/metrics/call_metrics.h"

namespace control {

// What all calls of a server share. Outlives them.
struct CallEnvironment {
  edge::NodeApi& node;
  CallerAuth auth;
  RequestLimits limits;
  size_t watch_queue = 0;
  std::shared_ptr<CallDeadlines> deadlines;
  std::shared_ptr<AnswerThread> answers = std::make_shared<AnswerThread>();
  edge::CallMetrics metrics{kRpcNames, kFirstStream};
  StreamRegistry streams;
  std::atomic<bool> draining = false;
};

// What every call goes through before its request is read: the node is not leaving, the caller is
// known and may call the RPC.
absl::StatusOr<edge::Caller> Admit(const CallEnvironment& environment, Rpc rpc,
                                   const grpc::CallbackServerContext& context);

// kDeadlineExceeded when the caller's deadline is over, kCancelled when it has gone.
absl::Status CheckInTime(const grpc::CallbackServerContext& context);

// One unary call: exactly one Finish, by whoever claims it first: the answer, the caller's going
// away, or the longest time a call may take. A continuation that comes later finds it taken and
// touches nothing of gRPC's nor of the environment; this object lives until the last of them has
// let go.
class UnaryCall final : public grpc::ServerUnaryReactor,
                        public ReplySink,
                        public std::enable_shared_from_this<UnaryCall> {
 public:
  UnaryCall(CallEnvironment& environment, Rpc rpc, grpc::ByteBuffer* response)
      : environment_(environment), rpc_(rpc), response_(response) {}

  // Runs `handler(CallContext, Request, Reply<Response>)`, or fails the call before. For gRPC.
  template <typename Request, typename Response, typename Handler>
  static grpc::ServerUnaryReactor* Start(CallEnvironment& environment, Rpc rpc,
                                         grpc::CallbackServerContext& context,
                                         const grpc::ByteBuffer& bytes, grpc::ByteBuffer* response,
                                         Handler handler) {
    const auto call = std::make_shared<UnaryCall>(environment, rpc, response);
    call->Bind(call, context);
    const absl::StatusOr<edge::Caller> caller = Admit(environment, rpc, context);
    Request request;
    absl::Status status = caller.status();
    if (status.ok()) status = ParseMessage(bytes, request);
    if (status.ok()) status = CheckInTime(context);
    if (status.ok()) {
      call->caller_ = caller->name;
      call->BoundTime(context);
      handler(CallContext{*caller->scopes, environment.node, environment.limits}, request,
              Reply<Response>(call));
    } else {
      call->Fail(status);
    }
    call->started_.store(true, std::memory_order_release);
    return call.get();
  }

  // ReplySink
  void Send(const google::protobuf::Message& response) override;
  void Fail(const absl::Status& status) override;
  bool open() const override { return !claimed_.load(std::memory_order_acquire); }
  void Post(absl::AnyInvocable<void() &&> work) override { answers_->Post(std::move(work)); }

  // For gRPC.
  void OnCancel() override;
  void OnDone() override;
  // Else gRPC gives each OnDone to another thread: an eighth of what a call costs. Ours, and
  // OnCancel, do as little as those of gRPC's own reactors, which say the same: they do not block,
  // and who calls Finish uses nothing of this call behind it.
  bool InternalInlineable() override { return true; }

 private:
  void Bind(std::shared_ptr<UnaryCall> self, const grpc::CallbackServerContext& context);
  // Sets the longest time for a call whose caller set no deadline.
  void BoundTime(const grpc::CallbackServerContext& context);
  bool Claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  // Of the call that was claimed.
  void Count(const absl::Status& status) const;
  void Log(const absl::Status& status) const;

  CallEnvironment& environment_;  // only while the call lives
  const std::shared_ptr<AnswerThread> answers_ = environment_.answers;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const Rpc rpc_;
  grpc::ByteBuffer* const response_;
  std::string_view caller_;  // lives as long as the server
  std::string peer_;
  std::atomic<bool> claimed_ = false;
  // Orders what the starting thread wrote before OnDone, for readers that cannot see into gRPC.
  std::atomic<bool> started_ = false;
  std::shared_ptr<UnaryCall> self_;
  std::optional<CallDeadlines::Ticket> ticket_;
};

}  // namespace control
