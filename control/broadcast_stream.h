#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "control/unary_call.h"
#include "edge/base/mutex.h"
#include "gatehouse/v1/control.pb.h"

namespace control {

// One BroadcastStream: reads a message, hands it to the node, reads the next; writes the answers in
// the order in which the node gives them.
//
// Messages are published in the order of the stream: the next one is read only when the node has
// this one. At most kMaxUnanswered are read and not answered; beyond that nothing is read, HTTP/2's
// window fills, and the caller waits. When the caller closes its side, the stream ends with OK
// after the last answer; when the node leaves, with UNAVAILABLE after the answers to what had been
// read.
class BroadcastStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                              public OpenStream,
                              public std::enable_shared_from_this<BroadcastStream> {
 public:
  static constexpr size_t kMaxUnanswered = 128;

  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(
      CallEnvironment& environment, const grpc::CallbackServerContext& context);

  BroadcastStream(CallEnvironment& environment, const edge::CallerScopes* scopes)
      : environment_(environment), scopes_(scopes) {}

  // For gRPC.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // OpenStream
  void EndForDrain() override;

 private:
  // Ends the stream: after what has been read is answered, or, `at_once`, without.
  void End(const absl::Status& status, bool at_once);
  absl::StatusOr<edge::BroadcastCommand> Read(const grpc::ByteBuffer& bytes,
                                              gatehouse::v1::BroadcastStreamRequest& request) const;
  void Process(const grpc::ByteBuffer& bytes);
  void Answer(const gatehouse::v1::BroadcastStreamResponse& response);
  // Starts whatever can go on: a write, a read, the end.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallEnvironment& environment_;  // only while the call lives
  const edge::CallerScopes* const scopes_;
  const std::shared_ptr<AnswerThread> answers_ = environment_.answers;

  edge::Mutex mutex_;
  std::shared_ptr<BroadcastStream> self_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer incoming_;  // gRPC's while reading_, then OnReadDone's
  std::deque<grpc::ByteBuffer> to_write_
      ABSL_GUARDED_BY(mutex_);  // the first is gRPC's while writing_
  size_t unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;  // until the message has been handed to the node
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // nobody takes answers any more
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);  // reads no more, ends with this
};

}  // namespace control
