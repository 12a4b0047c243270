#include "control/presence_watch.h"

#include <utility>

#include "control/grpc_status.h"
#include "control/presence_handlers.h"
#include "control/status_details.h"
#include "edge/base/text.h"

namespace control {
namespace v1 = gatehouse::v1;

grpc::ServerWriteReactor<grpc::ByteBuffer>* PresenceWatch::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context,
    const grpc::ByteBuffer& bytes) {
  const auto watch = std::make_shared<PresenceWatch>(environment);
  {
    const edge::MutexLock lock(watch->mutex_);
    watch->self_ = watch;
  }
  const absl::StatusOr<edge::Caller> caller = Admit(environment, "WatchPresence", context);
  v1::WatchPresenceRequest request;
  absl::Status status = caller.status();
  if (status.ok()) status = ParseMessage(bytes, request);
  if (status.ok()) status = CheckInTime(context);
  edge::WatchPresenceCommand command;
  if (status.ok()) {
    RequestCheck check(*caller->scopes);
    command = ReadWatch(request, check);
    status = check.status();
  }
  if (!status.ok()) {
    watch->End(status);
    return watch.get();
  }
  environment.streams.Add(watch);
  const edge::WatchId id = environment.node.WatchPresence(std::move(command), watch);
  const edge::MutexLock lock(watch->mutex_);
  watch->watch_ = id;
  return watch.get();
}

bool PresenceWatch::OnPresence(std::shared_ptr<const edge::PresenceEvent> event) {
  const edge::MutexLock lock(mutex_);
  if (end_) return false;
  if (queue_.size() >= capacity_) {
    EndLocked(WithReason(edge::Error(absl::StatusCode::kResourceExhausted,
                                     "the watcher cannot keep up: {} events wait, limit {} "
                                     "(control.watch_queue)",
                                     queue_.size(), capacity_),
                         "WATCHER_TOO_SLOW"));
    return false;
  }
  queue_.push_back(std::move(event));
  Wake();
  return true;
}

void PresenceWatch::OnWatchEnd(absl::Status status) {
  End(status);
}

void PresenceWatch::OnCancel() {
  End(absl::CancelledError("the caller has gone"));
}

void PresenceWatch::EndForDrain() {
  End(absl::UnavailableError("draining"));
}

void PresenceWatch::End(const absl::Status& status) {
  const edge::MutexLock lock(mutex_);
  EndLocked(status);
}

void PresenceWatch::EndLocked(const absl::Status& status) {
  if (end_) return;
  end_ = status;
  queue_.clear();
  Wake();
}

void PresenceWatch::Wake() {
  if (writing_ || waking_ || finished_) return;
  waking_ = true;
  answers_->Post([self = shared_from_this()] {
    {
      const edge::MutexLock lock(self->mutex_);
      self->waking_ = false;
    }
    self->WriteNext();
  });
}

void PresenceWatch::WriteNext() {
  std::shared_ptr<const edge::PresenceEvent> event;
  {
    const edge::MutexLock lock(mutex_);
    if (finished_ || writing_) return;
    if (end_) {
      finished_ = true;
      return Finish(ToGrpcStatus(*end_));
    }
    if (queue_.empty()) return;
    event = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
  }
  v1::WatchPresenceResponse response;
  WritePresenceEvent(*event, response);
  outgoing_ = ToBytes(response);
  StartWrite(&outgoing_);
}

void PresenceWatch::OnWriteDone(bool ok) {
  {
    const edge::MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) EndLocked(absl::CancelledError("the caller has gone"));
  }
  WriteNext();
}

void PresenceWatch::OnDone() {
  environment_.streams.Remove(this);
  edge::WatchId watch = 0;
  std::shared_ptr<PresenceWatch> last;
  {
    const edge::MutexLock lock(mutex_);
    watch = watch_;
    last = std::move(self_);
  }
  if (watch != 0) environment_.node.StopWatch(watch);
}

}  // namespace control
