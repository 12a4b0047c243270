#include "control/event_watch.h"

#include <utility>

#include "control/event_handlers.h"
#include "control/grpc_status.h"
#include "control/status_details.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr auto kMethod = static_cast<size_t>(Rpc::kWatchEvents);
constexpr size_t kEventsOfMessage = 500;

}  // namespace

EventWatch::EventWatch(CallEnvironment& environment) : environment_(environment) {
  environment_.metrics.StreamBegan(kMethod);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* EventWatch::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context,
    const grpc::ByteBuffer& bytes) {
  const auto watch = std::make_shared<EventWatch>(environment);
  {
    const edge::MutexLock lock(watch->mutex_);
    watch->self_ = watch;
  }
  const absl::StatusOr<edge::Caller> caller = Admit(environment, Rpc::kWatchEvents, context);
  v1::WatchEventsRequest request;
  absl::Status status = caller.status();
  if (status.ok()) status = ParseMessage(bytes, request);
  if (status.ok()) status = CheckInTime(context);
  edge::WatchEventsCommand command;
  if (status.ok()) {
    RequestCheck check(*caller->scopes);
    command = ReadEventWatch(request, check);
    status = check.status();
  }
  if (!status.ok()) {
    watch->End(status);
    return watch.get();
  }
  environment.streams.Add(watch);
  auto wake = [weak = std::weak_ptr<EventWatch>(watch)] {
    if (const auto alive = weak.lock()) alive->Wake();
  };
  auto feed = environment.node.WatchEvents(std::move(command), std::move(wake));
  const edge::MutexLock lock(watch->mutex_);
  watch->feed_ = std::move(feed);
  watch->WakeLocked();
  return watch.get();
}

void EventWatch::OnCancel() {
  End(absl::CancelledError("the caller has gone"));
}

void EventWatch::EndForDrain() {
  End(absl::UnavailableError("draining"));
}

void EventWatch::End(const absl::Status& status) {
  const edge::MutexLock lock(mutex_);
  if (end_) return;
  end_ = status;
  WakeLocked();
}

void EventWatch::Wake() {
  const edge::MutexLock lock(mutex_);
  WakeLocked();
}

void EventWatch::WakeLocked() {
  again_ = true;
  if (busy_ || waking_ || finished_) return;
  waking_ = true;
  answers_->Post([self = shared_from_this()] {
    {
      const edge::MutexLock lock(self->mutex_);
      self->waking_ = false;
    }
    self->WriteNext();
  });
}

bool EventWatch::BeginRead() {
  const edge::MutexLock lock(mutex_);
  if (finished_ || busy_) return false;
  if (end_) {
    finished_ = true;
    Finish(ToGrpcStatus(*end_));
    return false;
  }
  if (feed_ == nullptr || !again_) return false;
  busy_ = true;
  again_ = false;
  return true;
}

void EventWatch::WriteNext() {
  while (BeginRead()) {
    std::shared_ptr<edge::EventFeed> feed;
    {
      const edge::MutexLock lock(mutex_);
      feed = feed_;
    }
    edge::EventChunk chunk = feed->Next(kEventsOfMessage);
    if (chunk.kind != edge::EventChunk::Kind::kNothing) {
      v1::WatchEventsResponse response;
      WriteEvents(std::move(chunk), response);
      grpc::ByteBuffer bytes = ToBytes(response);
      outgoing_.Swap(&bytes);
      // There may be more: it is looked for when this is written.
      {
        const edge::MutexLock lock(mutex_);
        again_ = true;
      }
      return StartWrite(&outgoing_);
    }
    const edge::MutexLock lock(mutex_);
    busy_ = false;
    if (!chunk.end.ok() && !end_) end_ = chunk.end;
  }
}

void EventWatch::OnWriteDone(bool ok) {
  if (ok) environment_.metrics.MessageDone(kMethod, 0);
  {
    const edge::MutexLock lock(mutex_);
    busy_ = false;
    if (!ok && !end_) end_ = absl::CancelledError("the caller has gone");
  }
  WriteNext();
}

void EventWatch::OnDone() {
  environment_.streams.Remove(this);
  std::shared_ptr<edge::EventFeed> feed;
  std::shared_ptr<EventWatch> last;
  {
    const edge::MutexLock lock(mutex_);
    feed = std::move(feed_);
    environment_.metrics.StreamEnded(kMethod, static_cast<int>(end_->code()));
    last = std::move(self_);
  }
  if (feed != nullptr) feed->Stop();
}

}  // namespace control
