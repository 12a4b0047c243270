#include "control/broadcast_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "control/grpc_status.h"
#include "control/publish_handlers.h"
#include "control/status_details.h"
#include "edge/base/status_macros.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr size_t kMaxIdBytes = 255;
// The memory of a longer message is given back after it.
constexpr size_t kMaxKeptBytes = 16 << 10;
// A message with more rooms is not kept as a spare one.
constexpr int kMaxKeptRooms = 4;
constexpr auto kMethod = static_cast<size_t>(Rpc::kBroadcastStream);

// Its messages keep their order, and take turns with those of other streams.
std::atomic<uint64_t> next_sender = 0;

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

BroadcastStream::BroadcastStream(CallEnvironment& environment, const edge::CallerScopes* scopes)
    : environment_(environment),
      scopes_(scopes),
      sender_(next_sender.fetch_add(1, std::memory_order_relaxed)) {
  environment_.metrics.StreamBegan(kMethod);
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BroadcastStream::Start(
    CallEnvironment& environment, const grpc::CallbackServerContext& context) {
  const absl::StatusOr<edge::Caller> caller = Admit(environment, Rpc::kBroadcastStream, context);
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
  bool process = false;
  {
    const edge::MutexLock lock(mutex_);
    if (!ok && !end_) end_ = absl::OkStatus();  // the caller closed its side
    process = ok && !end_;
    if (process) ++unanswered_;
  }
  if (process) Process();
  const edge::MutexLock lock(mutex_);
  reading_ = false;
  GoOn();
}

absl::StatusOr<edge::BroadcastCommand> BroadcastStream::ReadRequest() {
  RETURN_IF_ERROR(ParseMessage(incoming_, request_));
  if (request_.id().size() > kMaxIdBytes) {
    return BadField("id", fmt::format("is {} bytes, limit {}", request_.id().size(), kMaxIdBytes));
  }
  RequestCheck check(*scopes_, "broadcast.");
  edge::BroadcastCommand command =
      ReadBroadcast(*request_.mutable_broadcast(), environment_.limits, check);
  RETURN_IF_ERROR(check.status());
  return command;
}

void BroadcastStream::Process() {
  absl::StatusOr<edge::BroadcastCommand> command = ReadRequest();
  if (command.ok()) {
    std::unique_ptr<Pending> pending = TakeSpare();
    pending->stream = shared_from_this();
    pending->response.set_id(request_.id());
    SetRooms(command->rooms, *pending->response.mutable_results());
    command->sender = sender_;
    environment_.node.Broadcast(
        *std::move(command),
        [pending = std::move(pending)](absl::StatusOr<edge::BroadcastResult> result) mutable {
          pending->result = std::move(result);
          const std::shared_ptr<BroadcastStream> stream = std::move(pending->stream);
          stream->OnResult(std::move(pending));
        });
  } else {
    Count(command.status());
    grpc::ByteBuffer answer = ToBytes(Refusal(request_.id(), command.status()));
    const edge::MutexLock lock(mutex_);
    to_write_.emplace_back().Swap(&answer);  // OnReadDone goes on with it
  }
  if (incoming_.Length() > kMaxKeptBytes) v1::BroadcastStreamRequest().Swap(&request_);
}

std::unique_ptr<BroadcastStream::Pending> BroadcastStream::TakeSpare() {
  {
    const edge::MutexLock lock(results_mutex_);
    if (!spare_.empty()) {
      std::unique_ptr<Pending> pending = std::move(spare_.back());
      spare_.pop_back();
      return pending;
    }
  }
  return std::make_unique<Pending>();
}

void BroadcastStream::OnResult(std::unique_ptr<Pending> pending) {
  bool first = false;
  {
    const edge::MutexLock lock(results_mutex_);
    first = results_.empty();
    results_.push_back(std::move(pending));
  }
  if (first) answers_->Post([self = shared_from_this()] { self->AnswerResults(); });
}

grpc::ByteBuffer BroadcastStream::AnswerTo(Pending& pending) {
  v1::BroadcastStreamResponse& response = pending.response;
  absl::Status outcome = pending.result.status();
  if (outcome.ok()) outcome = WriteDeliveries(*pending.result, *response.mutable_results());
  Count(outcome);
  return ToBytes(outcome.ok() ? response : Refusal(response.id(), outcome));
}

void BroadcastStream::AnswerResults() {
  std::vector<std::unique_ptr<Pending>> done;
  {
    const edge::MutexLock lock(results_mutex_);
    done.swap(results_);
  }
  std::vector<grpc::ByteBuffer> answers(done.size());
  for (size_t i = 0; i < done.size(); ++i) {
    grpc::ByteBuffer answer = AnswerTo(*done[i]);
    answers[i].Swap(&answer);
  }
  KeepSpare(std::move(done));
  const edge::MutexLock lock(mutex_);
  if (broken_) return;
  for (grpc::ByteBuffer& answer : answers) to_write_.emplace_back().Swap(&answer);
  GoOn();
}

void BroadcastStream::KeepSpare(std::vector<std::unique_ptr<Pending>> done) {
  std::erase_if(
      done, [](const auto& pending) { return pending->response.results_size() > kMaxKeptRooms; });
  for (const auto& pending : done) pending->response.Clear();
  const edge::MutexLock lock(results_mutex_);
  std::ranges::move(done, std::back_inserter(spare_));
}

void BroadcastStream::Count(const absl::Status& outcome) {
  environment_.metrics.MessageDone(kMethod, static_cast<int>(outcome.code()));
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
    StartWrite(&to_write_.front(), pace_.Next(to_write_.size() > 1));
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
  environment_.metrics.StreamEnded(kMethod, static_cast<int>(end_->code()));
  last = std::move(self_);
}

}  // namespace control
