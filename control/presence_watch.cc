#include "control/presence_watch.h"

#include <utility>

#include "control/grpc_status.h"
#include "control/presence_handlers.h"
#include "control/status_details.h"
#include "edge/base/text.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr auto kMethod = static_cast<size_t>(Rpc::kWatchPresence);

bool IsChange(const edge::PresenceEvent& event) {
  return event.kind != edge::PresenceEvent::Kind::kSnapshot;
}

}  // namespace

PresenceWatch::PresenceWatch(CallEnvironment& environment) : environment_(environment) {
  environment_.metrics.StreamBegan(kMethod);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* PresenceWatch::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context,
    const grpc::ByteBuffer& bytes) {
  const auto watch = std::make_shared<PresenceWatch>(environment);
  {
    const edge::MutexLock lock(watch->mutex_);
    watch->self_ = watch;
  }
  const absl::StatusOr<edge::Caller> caller = Admit(environment, Rpc::kWatchPresence, context);
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
  if (IsChange(*event) && changes_ >= capacity_) {
    EndLocked(WithReason(edge::Error(absl::StatusCode::kResourceExhausted,
                                     "the watcher cannot keep up: {} events wait, limit {} "
                                     "(control.watch_queue)",
                                     changes_, capacity_),
                         "WATCHER_TOO_SLOW"));
    return false;
  }
  if (IsChange(*event)) ++changes_;
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
  changes_ = 0;
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

bool PresenceWatch::TakeNext() {
  if (current_ != nullptr) return true;
  if (queue_.empty()) return false;
  current_ = std::move(queue_.front());
  written_ = 0;
  queue_.pop_front();
  if (IsChange(*current_)) --changes_;
  return true;
}

void PresenceWatch::WriteNext() {
  grpc::WriteOptions options;
  {
    const edge::MutexLock lock(mutex_);
    if (finished_ || writing_) return;
    if (end_) {
      finished_ = true;
      return Finish(ToGrpcStatus(*end_));
    }
    if (!TakeNext()) return;
    writing_ = true;
    options = pace_.Next(!queue_.empty());
  }
  v1::WatchPresenceResponse response;
  written_ = WritePresenceEvent(*current_, written_, response);
  if (written_ == current_->connections.size()) current_ = nullptr;
  grpc::ByteBuffer bytes = ToBytes(response);
  outgoing_.Swap(&bytes);
  StartWrite(&outgoing_, options);
}

void PresenceWatch::OnWriteDone(bool ok) {
  if (ok) environment_.metrics.MessageDone(kMethod, 0);
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
    environment_.metrics.StreamEnded(kMethod, static_cast<int>(end_->code()));
    last = std::move(self_);
  }
  if (watch != 0) environment_.node.StopWatch(watch);
}

}  // namespace control
