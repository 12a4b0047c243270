#pragma once

#include <grpcpp/alarm.h>

#include <deque>
#include <memory>
#include <optional>

#include "control/unary_call.h"
#include "control/write_pace.h"
#include "edge/base/mutex.h"
#include "edge/node/node_api.h"
#include "gatehouse/v1/hooks.pb.h"

namespace control {

// One Attach: carries what the node asks a worker of the application, and what the worker answers.
//
// The node's thread builds a question's bytes and queues them; the node never has more open at a
// worker than the worker takes, so the queue is bounded whether the worker reads or not. Answers
// are read one by one and handed over. The worker is given up when the call is done, however it
// ended; whoever says no hello within kHelloSeconds is sent away.
class AttachStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                           public edge::WorkerStream,
                           public OpenStream,
                           public std::enable_shared_from_this<AttachStream> {
 public:
  static constexpr int kHelloSeconds = 10;
  static constexpr uint32_t kDefaultInFlight = 64;
  static constexpr uint32_t kMostInFlight = 1000;

  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(
      CallEnvironment& environment, const grpc::CallbackServerContext& context);

  explicit AttachStream(CallEnvironment& environment);

  // edge::WorkerStream
  void Send(const gatehouse::v1::AttachResponse& message) override;
  void End(const absl::Status& status) override;

  // For gRPC.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // OpenStream
  void EndForDrain() override;

 private:
  void AwaitHello();
  // Handles the message in incoming_; an error ends the stream.
  absl::Status Process();
  absl::Status Attach(const gatehouse::v1::AttachHello& hello);
  // Starts whatever can go on: a write, a read, the end.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallEnvironment& environment_;  // only while the call lives

  // These two are gRPC's and OnReadDone's, who take turns; then OnDone's.
  grpc::ByteBuffer incoming_;
  std::unique_ptr<edge::AttachedWorker> worker_;

  edge::Mutex mutex_;
  std::shared_ptr<AttachStream> self_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> hello_alarm_ ABSL_GUARDED_BY(mutex_);
  std::deque<grpc::ByteBuffer> to_write_
      ABSL_GUARDED_BY(mutex_);  // the first is gRPC's while writing_
  WritePace pace_ ABSL_GUARDED_BY(mutex_);
  bool attached_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;  // until the message has been handed over
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);  // nothing more is read or written
};

}  // namespace control
