#include "control/broadcast_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/grpc_status.h"
#include "control/publish_handlers.h"
#include "control/status_details.h"
#include "edge/base/status_macros.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr size_t kMaxIdBytes = 255;

// As much of a refused message's id as may go into an answer.
std::string EchoOf(const std::string& id) {
  if (!IsUtf8(id)) return "";
  size_t end = std::min(id.size(), kMaxIdBytes);
  while (end > 0 && end < id.size() && (static_cast<unsigned char>(id[end]) & 0xc0) == 0x80) --end;
  return id.substr(0, end);
}

v1::BroadcastStreamResponse Refusal(const std::string& id, const absl::Status& status) {
  v1::BroadcastStreamResponse response;
  response.set_id(EchoOf(id));
  *response.mutable_error() = ToRpcStatus(status);
  return response;
}

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BroadcastStream::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context) {
  const absl::StatusOr<edge::Caller> caller = Admit(environment, "BroadcastStream", context);
  absl::Status status = caller.status();
  if (status.ok()) status = CheckInTime(context);
  const auto stream =
      std::make_shared<BroadcastStream>(environment, status.ok() ? caller->scopes : nullptr);
  {
    const edge::MutexLock lock(stream->mutex_);
    stream->self_ = stream;
    if (!status.ok()) stream->end_ = status;
    stream->GoOn();
  }
  if (status.ok()) environment.streams.Add(stream);
  return stream.get();
}

void BroadcastStream::OnReadDone(bool ok) {
  grpc::ByteBuffer bytes;
  bool process = false;
  {
    const edge::MutexLock lock(mutex_);
    if (!ok && !end_) end_ = absl::OkStatus();  // the caller closed its side
    process = ok && !end_;
    if (process) {
      ++unanswered_;
      bytes.Swap(&incoming_);
    }
  }
  if (process) Process(bytes);
  const edge::MutexLock lock(mutex_);
  reading_ = false;
  GoOn();
}

absl::StatusOr<edge::BroadcastCommand> BroadcastStream::Read(
    const grpc::ByteBuffer& bytes, v1::BroadcastStreamRequest& request) const {
  RETURN_IF_ERROR(ParseMessage(bytes, request));
  if (request.id().size() > kMaxIdBytes) {
    return BadField("id", fmt::format("is {} bytes, limit {}", request.id().size(), kMaxIdBytes));
  }
  RequestCheck check(*scopes_, "broadcast.");
  edge::BroadcastCommand command = ReadBroadcast(request.broadcast(), environment_.limits, check);
  RETURN_IF_ERROR(check.status());
  return command;
}

void BroadcastStream::Process(const grpc::ByteBuffer& bytes) {
  v1::BroadcastStreamRequest request;
  absl::StatusOr<edge::BroadcastCommand> command = Read(bytes, request);
  if (!command.ok()) return Answer(Refusal(request.id(), command.status()));
  auto done = [self = shared_from_this(), id = request.id(),
               rooms = command->rooms](absl::StatusOr<edge::BroadcastResult> result) mutable {
    const std::shared_ptr<AnswerThread> answers = self->answers_;
    answers->Post([self = std::move(self), id = std::move(id), rooms = std::move(rooms),
                   result = std::move(result)] {
      v1::BroadcastStreamResponse response;
      response.set_id(id);
      absl::Status outcome = result.status();
      if (outcome.ok()) outcome = WriteDeliveries(rooms, *result, *response.mutable_results());
      self->Answer(outcome.ok() ? response : Refusal(id, outcome));
    });
  };
  environment_.node.Broadcast(*std::move(command), std::move(done));
}

void BroadcastStream::Answer(const v1::BroadcastStreamResponse& response) {
  grpc::ByteBuffer bytes = ToBytes(response);
  const edge::MutexLock lock(mutex_);
  if (broken_) return;
  to_write_.push_back(std::move(bytes));
  GoOn();
}

void BroadcastStream::OnWriteDone(bool ok) {
  const edge::MutexLock lock(mutex_);
  writing_ = false;
  if (ok) {
    to_write_.pop_front();
    --unanswered_;
  } else {
    broken_ = true;
    if (!end_) end_ = absl::CancelledError("the caller has gone");
  }
  GoOn();
}

void BroadcastStream::End(const absl::Status& status, bool at_once) {
  const edge::MutexLock lock(mutex_);
  if (!end_ || at_once) end_ = status;
  broken_ = broken_ || at_once;
  GoOn();
}

void BroadcastStream::OnCancel() {
  End(absl::CancelledError("the caller has gone"), true);
}

void BroadcastStream::EndForDrain() {
  End(absl::UnavailableError("draining"), false);
}

void BroadcastStream::GoOn() {
  if (finished_) return;
  if (!writing_ && !broken_ && !to_write_.empty()) {
    writing_ = true;
    StartWrite(&to_write_.front());
  }
  if (!end_ && !reading_ && unanswered_ < kMaxUnanswered) {
    reading_ = true;
    incoming_.Clear();
    StartRead(&incoming_);
  }
  if (end_ && !writing_ && (broken_ || unanswered_ == 0)) {
    finished_ = true;
    Finish(ToGrpcStatus(*end_));
  }
}

void BroadcastStream::OnDone() {
  environment_.streams.Remove(this);
  std::shared_ptr<BroadcastStream> last;
  const edge::MutexLock lock(mutex_);
  last = std::move(self_);
}

}  // namespace control
