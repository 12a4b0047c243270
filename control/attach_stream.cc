#include "control/attach_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "control/grpc_status.h"
#include "control/request_check.h"
#include "control/status_details.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr auto kMethod = static_cast<size_t>(Rpc::kAttach);

absl::Status CheckHello(const v1::AttachHello& hello) {
  if (hello.service().empty()) return BadField("hello.service", "is empty");
  if (hello.worker().size() > edge::kMaxNameBytes) {
    return BadField("hello.worker", fmt::format("is {} bytes, limit {}", hello.worker().size(),
                                                edge::kMaxNameBytes));
  }
  const bool controls =
      std::ranges::any_of(hello.worker(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (controls) return BadField("hello.worker", "has a control character");
  if (hello.max_in_flight() > AttachStream::kMostInFlight) {
    return BadField("hello.max_in_flight", fmt::format("is {}, limit {}", hello.max_in_flight(),
                                                       AttachStream::kMostInFlight));
  }
  return absl::OkStatus();
}

// A worker is asked about all rooms and all users.
absl::Status CheckScopes(const edge::CallerScopes& scopes) {
  RequestCheck check(scopes);
  check.NeedAllRooms("and a worker is asked about all of them");
  return check.status();
}

}  // namespace

AttachStream::AttachStream(CallEnvironment& environment) : environment_(environment) {
  environment_.metrics.StreamBegan(kMethod);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* AttachStream::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context) {
  const absl::StatusOr<edge::Caller> caller = Admit(environment, Rpc::kAttach, context);
  absl::Status status = caller.status();
  if (status.ok()) status = CheckScopes(*caller->scopes);
  if (status.ok()) status = CheckInTime(context);
  const auto stream = std::make_shared<AttachStream>(environment);
  {
    const edge::MutexLock lock(stream->mutex_);
    stream->self_ = stream;
    if (!status.ok()) stream->end_ = status;
    stream->GoOn();
  }
  if (status.ok()) {
    environment.streams.Add(stream);
    stream->AwaitHello();
  }
  return stream.get();
}

void AttachStream::AwaitHello() {
  const edge::MutexLock lock(mutex_);
  if (attached_ || end_) return;
  hello_alarm_ = std::make_unique<grpc::Alarm>();
  hello_alarm_->Set(std::chrono::system_clock::now() + std::chrono::seconds(kHelloSeconds),
                    [weak = weak_from_this()](bool expired) {
                      const auto self = expired ? weak.lock() : nullptr;
                      if (self == nullptr) return;
                      self->End(absl::DeadlineExceededError(
                          fmt::format("no hello came within {} s", kHelloSeconds)));
                    });
}

void AttachStream::OnReadDone(bool ok) {
  absl::Status status;
  if (ok) {
    status = Process();
  } else if (worker_ == nullptr) {
    status = BadField("hello", "is missing: it is the first message");
  }
  const edge::MutexLock lock(mutex_);
  reading_ = false;
  if (!end_ && (!ok || !status.ok())) end_ = status;
  GoOn();
}

absl::Status AttachStream::Process() {
  v1::AttachRequest message;
  RETURN_IF_ERROR(ParseMessage(incoming_, message));
  if (message.has_hello()) return Attach(message.hello());
  if (worker_ == nullptr) return BadField("hello", "is missing: it is the first message");
  if (message.has_answer()) return worker_->Answer(std::move(*message.mutable_answer()));
  // What a later version may say is passed over.
  if (message.has_leave()) worker_->Leave();
  return absl::OkStatus();
}

absl::Status AttachStream::Attach(const v1::AttachHello& hello) {
  if (worker_ != nullptr) return BadField("hello", "came before: the worker is attached");
  RETURN_IF_ERROR(CheckHello(hello));
  edge::AttachCommand command;
  command.service = hello.service();
  command.worker = hello.worker();
  command.max_in_flight = hello.max_in_flight() == 0 ? kDefaultInFlight : hello.max_in_flight();
  std::unique_ptr<grpc::Alarm> alarm;
  {
    const edge::MutexLock lock(mutex_);
    attached_ = true;
    alarm = std::move(hello_alarm_);  // what it may do yet finds nothing: it goes without the lock
  }
  alarm.reset();
  ASSIGN_OR_RETURN(worker_, environment_.node.Attach(std::move(command), shared_from_this()));
  return absl::OkStatus();
}

void AttachStream::Send(const v1::AttachResponse& message) {
  grpc::ByteBuffer bytes = ToBytes(message);
  const edge::MutexLock lock(mutex_);
  if (end_) return;
  to_write_.emplace_back().Swap(&bytes);
  GoOn();
}

void AttachStream::OnWriteDone(bool ok) {
  if (ok) environment_.metrics.MessageDone(kMethod, 0);
  const edge::MutexLock lock(mutex_);
  writing_ = false;
  to_write_.pop_front();
  if (!ok && !end_) end_ = absl::CancelledError("the caller has gone");
  GoOn();
}

void AttachStream::End(const absl::Status& status) {
  const edge::MutexLock lock(mutex_);
  if (!end_) end_ = status;
  GoOn();
}

void AttachStream::OnCancel() {
  End(absl::CancelledError("the caller has gone"));
}

void AttachStream::EndForDrain() {
  End(absl::UnavailableError("draining"));
}

void AttachStream::GoOn() {
  if (finished_) return;
  if (end_) {
    if (writing_) return;
    finished_ = true;
    return Finish(ToGrpcStatus(*end_));
  }
  if (!writing_ && !to_write_.empty()) {
    writing_ = true;
    StartWrite(&to_write_.front(), pace_.Next(to_write_.size() > 1));
  }
  if (!reading_) {
    reading_ = true;
    incoming_.Clear();
    StartRead(&incoming_);
  }
}

void AttachStream::OnDone() {
  environment_.streams.Remove(this);
  // Others hold the stream yet, and it holds the worker.
  worker_.reset();
  std::shared_ptr<AttachStream> last;
  const edge::MutexLock lock(mutex_);
  environment_.metrics.StreamEnded(kMethod, static_cast<int>(end_->code()));
  last = std::move(self_);
}

}  // namespace control
