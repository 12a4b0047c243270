#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "control/unary_call.h"
#include "control/write_pace.h"
#include "edge/base/mutex.h"
#include "gatehouse/v1/control.pb.h"

namespace control {

// One BroadcastStream: reads a message, hands it to the node, reads the next; writes the answers in
// the order in which the node gives them. Results that come while others wait cost no further
// wake-up of the answers' thread, and answers that wait together go out together.
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

  BroadcastStream(CallEnvironment& environment, const edge::CallerScopes* scopes);

  // For gRPC.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // OpenStream
  void EndForDrain() override;

 private:
  // A message that the node has, until it is answered.
  struct Pending {
    std::shared_ptr<BroadcastStream> stream;          // until the result is there
    gatehouse::v1::BroadcastStreamResponse response;  // its id and rooms
    absl::StatusOr<edge::BroadcastResult> result = edge::BroadcastResult();
  };

  // Ends the stream: after what has been read is answered, or, `at_once`, without.
  void End(const absl::Status& status, bool at_once);
  absl::StatusOr<edge::BroadcastCommand> ReadRequest();
  // Handles the message in incoming_.
  void Process();
  std::unique_ptr<Pending> TakeSpare();
  // Takes the node's result. On a shard's thread: has the answers' thread do the rest.
  void OnResult(std::unique_ptr<Pending> pending);
  // Answers what OnResult took. On the answers' thread.
  void AnswerResults();
  grpc::ByteBuffer AnswerTo(Pending& pending);
  void KeepSpare(std::vector<std::unique_ptr<Pending>> done);
  void Count(const absl::Status& outcome);
  // Starts whatever can go on: a write, a read, the end.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallEnvironment& environment_;  // while the call lives, and on the answers' thread
  const edge::CallerScopes* const scopes_;
  const uint64_t sender_;
  const std::shared_ptr<AnswerThread> answers_ = environment_.answers;

  edge::Mutex mutex_;
  std::shared_ptr<BroadcastStream> self_ ABSL_GUARDED_BY(mutex_);
  // gRPC's and OnReadDone's, who take turns.
  grpc::ByteBuffer incoming_;
  gatehouse::v1::BroadcastStreamRequest request_;  // kept: most of its memory serves the next too
  std::deque<grpc::ByteBuffer> to_write_
      ABSL_GUARDED_BY(mutex_);  // the first is gRPC's while writing_
  WritePace pace_ ABSL_GUARDED_BY(mutex_);
  size_t unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;  // until the message has been handed to the node
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // nobody takes answers any more
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);  // reads no more, ends with this

  // Of its own, because a shard waits for it: never held for longer than a push takes.
  edge::Mutex results_mutex_;
  std::vector<std::unique_ptr<Pending>> results_ ABSL_GUARDED_BY(results_mutex_);
  // Answered, for the next messages: what one thread allocates and another frees is dear.
  std::vector<std::unique_ptr<Pending>> spare_ ABSL_GUARDED_BY(results_mutex_);
};

}  // namespace control
