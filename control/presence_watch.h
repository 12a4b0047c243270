#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "control/unary_call.h"
#include "control/write_pace.h"
#include "edge/base/mutex.h"

namespace control {

// One WatchPresence: takes events from the shards into a bounded queue and writes them one by one.
//
// The shards only push a pointer; the messages are built on the answers' thread and gRPC's. When
// `watch_queue` changes wait already, the next one ends the stream with RESOURCE_EXHAUSTED and what
// waited is dropped. The parts of a snapshot do not count: the room bounds them, and however large
// it is, its watch must be able to begin. The watch is stopped when the call is done, however it
// ended.
class PresenceWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                            public edge::PresenceWatcher,
                            public OpenStream,
                            public std::enable_shared_from_this<PresenceWatch> {
 public:
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(
      CallEnvironment& environment, const grpc::CallbackServerContext& context,
      const grpc::ByteBuffer& bytes);

  explicit PresenceWatch(CallEnvironment& environment);

  // edge::PresenceWatcher, on shards' threads.
  bool OnPresence(std::shared_ptr<const edge::PresenceEvent> event) override;
  void OnWatchEnd(absl::Status status) override;

  // For gRPC.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // OpenStream
  void EndForDrain() override;

 private:
  // Drops what waits and ends the stream, after the write under way.
  void End(const absl::Status& status);
  void EndLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the answers' thread write, unless somebody does already.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the next message, or ends the stream, unless a write is under way.
  void WriteNext();
  // Takes the next event for writing unless one is half written. False: there is nothing to write.
  bool TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallEnvironment& environment_;  // only while the call lives
  const std::shared_ptr<AnswerThread> answers_ = environment_.answers;
  const size_t capacity_ = environment_.watch_queue;

  edge::Mutex mutex_;
  edge::WatchId watch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<PresenceWatch> self_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const edge::PresenceEvent>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the events in queue_
  WritePace pace_ ABSL_GUARDED_BY(mutex_);
  // These three are whose who set writing_, then gRPC's until OnWriteDone.
  std::shared_ptr<const edge::PresenceEvent> current_;  // being written
  size_t written_ = 0;                                  // of its connections
  grpc::ByteBuffer outgoing_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool waking_ ABSL_GUARDED_BY(mutex_) = false;  // the answers' thread will write
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace control
