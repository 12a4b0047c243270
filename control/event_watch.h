#pragma once

#include <memory>
#include <optional>

#include "control/unary_call.h"
#include "edge/base/mutex.h"

namespace control {

// One WatchEvents: reads the node's feed at the pace its caller reads the stream.
//
// Nothing is queued for it: while a write is under way, events wait in the node's log, and a caller
// that is behind by more than the log keeps is told of a gap and gets a snapshot. The feed is read
// on the answers' thread and gRPC's, one at a time.
class EventWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public OpenStream,
                         public std::enable_shared_from_this<EventWatch> {
 public:
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(
      CallEnvironment& environment, const grpc::CallbackServerContext& context,
      const grpc::ByteBuffer& bytes);

  explicit EventWatch(CallEnvironment& environment);

  // For gRPC.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // OpenStream
  void EndForDrain() override;

 private:
  void End(const absl::Status& status);
  // Has the answers' thread read on, unless somebody does already.
  void Wake();
  void WakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes what comes next, or ends the stream, unless a write is under way.
  void WriteNext();
  // Whether the caller may read the feed now; if not, it has been done what there is to do.
  bool BeginRead();

  CallEnvironment& environment_;  // only while the call lives
  const std::shared_ptr<AnswerThread> answers_ = environment_.answers;

  edge::Mutex mutex_;
  std::shared_ptr<edge::EventFeed> feed_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<EventWatch> self_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;    // the feed is read, or a write is under way
  bool again_ ABSL_GUARDED_BY(mutex_) = false;   // woken while busy
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;  // the answers' thread will read
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer outgoing_;  // whose who set busy_, then gRPC's until OnWriteDone
};

}  // namespace control
