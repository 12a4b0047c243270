#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/answer_thread.h"
#include "control/call_context.h"
#include "control/caller_auth.h"
#include "control/message_bytes.h"
#include "control/reply.h"
#include "control/stream_registry.h"

namespace control {

// What all calls of a server share. Outlives them.
struct CallEnvironment {
  edge::NodeApi& node;
  CallerAuth auth;
  RequestLimits limits;
  int64_t max_deadline_millis = 0;
  size_t watch_queue = 0;
  std::shared_ptr<AnswerThread> answers = std::make_shared<AnswerThread>();
  StreamRegistry streams;
  std::atomic<bool> draining = false;
};

// What every call goes through before its request is read: the node is not leaving, the caller is
// known and may call the RPC.
absl::StatusOr<edge::Caller> Admit(const CallEnvironment& environment, std::string_view rpc,
                                   const grpc::CallbackServerContext& context);

// kDeadlineExceeded when the caller's deadline is over, kCancelled when it has gone.
absl::Status CheckInTime(const grpc::CallbackServerContext& context);

// One unary call: exactly one Finish, by whoever claims it first: the answer, the caller's going
// away, or the longest time a call may take. A continuation that comes later finds it taken and
// touches nothing of gRPC's; this object lives until the last of them has let go.
class UnaryCall final : public grpc::ServerUnaryReactor,
                        public ReplySink,
                        public std::enable_shared_from_this<UnaryCall> {
 public:
  UnaryCall(std::shared_ptr<AnswerThread> answers, std::string_view rpc, grpc::ByteBuffer* response)
      : answers_(std::move(answers)), rpc_(rpc), response_(response) {}

  // Runs `handler(CallContext, Request, Reply<Response>)`, or fails the call before. For gRPC.
  template <typename Request, typename Response, typename Handler>
  static grpc::ServerUnaryReactor* Start(CallEnvironment& environment, std::string_view rpc,
                                         grpc::CallbackServerContext& context,
                                         const grpc::ByteBuffer& bytes, grpc::ByteBuffer* response,
                                         Handler handler) {
    const auto call = std::make_shared<UnaryCall>(environment.answers, rpc, response);
    call->Bind(call, context);
    const absl::StatusOr<edge::Caller> caller = Admit(environment, rpc, context);
    Request request;
    absl::Status status = caller.status();
    if (status.ok()) status = ParseMessage(bytes, request);
    if (status.ok()) status = CheckInTime(context);
    if (status.ok()) {
      call->caller_ = caller->name;
      call->BoundTime(context, environment.max_deadline_millis);
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

 private:
  void Bind(std::shared_ptr<UnaryCall> self, const grpc::CallbackServerContext& context);
  // Sets the longest time for a call whose caller set no deadline.
  void BoundTime(const grpc::CallbackServerContext& context, int64_t max_millis);
  bool Claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void Log(const absl::Status& status) const;

  const std::shared_ptr<AnswerThread> answers_;
  const std::string_view rpc_;
  grpc::ByteBuffer* const response_;
  std::string_view caller_;  // lives as long as the server
  std::string peer_;
  std::atomic<bool> claimed_ = false;
  // Orders what the starting thread wrote before OnDone, for readers that cannot see into gRPC.
  std::atomic<bool> started_ = false;
  std::shared_ptr<UnaryCall> self_;
  std::optional<grpc::Alarm> alarm_;
};

}  // namespace control
