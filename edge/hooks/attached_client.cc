#include "edge/hooks/attached_client.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "edge/base/log.h"
#include "edge/base/text.h"
#include "edge/hooks/attach_messages.h"

namespace edge {
namespace {

using gatehouse::v1::AttachAnswer;
using gatehouse::v1::AttachResponse;

constexpr TokenBucket::Rate kLogRate{.per_second = 2, .burst = 20};

HookClient::Result Failed(WorkerPool::Failure why) {
  HookClient::Result result;
  switch (why) {
    case WorkerPool::Failure::kNobody:
      result.outcome = HookOutcome::kNobody;
      result.detail = "no worker is attached, or all are left alone because they failed";
      break;
    case WorkerPool::Failure::kLost:
      result.outcome = HookOutcome::kUnreached;
      result.detail = "the worker that was asked has gone";
      break;
    case WorkerPool::Failure::kTimedOut:
      result.detail = "no worker answered in time";
      break;
  }
  return result;
}

}  // namespace

// What a stream has of its worker: hands everything over to the hooks' thread.
class AttachedClient::Link final : public AttachedWorker {
 public:
  Link(AttachedClient& client, uint64_t id, uint32_t credit)
      : client_(client), id_(id), credit_(credit) {}

  ~Link() override {
    client_.places_.fetch_sub(1, std::memory_order_relaxed);
    boost::asio::post(client_.io_, [client = &client_, id = id_] { client->Remove(id); });
  }

  absl::Status Answer(AttachAnswer&& answer) override {
    if (const size_t size = answer.ByteSizeLong(); size > client_.options_.max_answer) {
      answer.clear_response();  // no answer: what waits here is bounded
    }
    bool first = false;
    {
      const MutexLock lock(inbox_->mutex);
      if (inbox_->answers.size() >= credit_) {
        return absl::InvalidArgumentError("there are more answers than questions");
      }
      first = inbox_->answers.empty();
      inbox_->answers.push_back(std::move(answer));
    }
    if (first) {
      boost::asio::post(client_.io_, [client = &client_, id = id_, inbox = inbox_] {
        client->TakeAnswers(id, *inbox);
      });
    }
    return absl::OkStatus();
  }

  void Leave() override {
    if (std::exchange(leaving_, true)) return;
    boost::asio::post(client_.io_, [client = &client_, id = id_] { client->Leave(id); });
  }

 private:
  AttachedClient& client_;
  const uint64_t id_;
  const uint32_t credit_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  bool leaving_ = false;
};

AttachedClient::AttachedClient(boost::asio::io_context& io, const Clock& clock, Options options)
    : io_(io),
      clock_(clock),
      options_(std::move(options)),
      pool_(options_.pool, clock),
      timer_(io) {}

AttachedClient::~AttachedClient() = default;

absl::StatusOr<std::unique_ptr<AttachedWorker>> AttachedClient::Attach(
    AttachCommand command, std::shared_ptr<WorkerStream> stream) {
  if (places_.fetch_add(1, std::memory_order_relaxed) >= kMaxWorkers) {
    places_.fetch_sub(1, std::memory_order_relaxed);
    return Error(absl::StatusCode::kResourceExhausted,
                 "'{}' has {} workers attached, which is the most; end one first", options_.service,
                 kMaxWorkers);
  }
  const uint64_t id = next_worker_.fetch_add(1, std::memory_order_relaxed);
  const uint32_t credit = command.max_in_flight;
  auto link = std::make_unique<Link>(*this, id, credit);
  boost::asio::post(io_, [this, id, credit,
                          worker = Worker{std::move(stream), std::move(command.worker)}]() mutable {
    Add(id, std::move(worker), credit);
  });
  return link;
}

void AttachedClient::Add(uint64_t id, Worker worker, uint32_t credit) {
  if (MayLog()) {
    LogInfo("hook worker attached", {{"service", options_.service}, {"worker", worker.name}});
  }
  AttachResponse welcome;
  welcome.mutable_welcome()->set_max_in_flight(credit);
  welcome.mutable_welcome()->set_timeout_millis(static_cast<uint32_t>(options_.timeout_millis));
  welcome.mutable_welcome()->set_max_answer_size(options_.max_answer);
  worker.stream->Send(welcome);
  workers_.emplace(id, std::move(worker));
  WorkerPool::Actions actions;
  pool_.Attach(id, credit, actions);
  Act(actions);
  if (on_attached_) on_attached_();
}

void AttachedClient::Remove(uint64_t id) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) return;
  if (MayLog()) {
    LogInfo("hook worker gone", {{"service", options_.service}, {"worker", at->second.name}});
  }
  workers_.erase(at);
  WorkerPool::Actions actions;
  pool_.Lose(id, actions);
  Act(actions);
}

void AttachedClient::Leave(uint64_t id) {
  WorkerPool::Actions actions;
  pool_.Leave(id, actions);
  Act(actions);
}

void AttachedClient::TakeAnswers(uint64_t id, Inbox& inbox) {
  std::vector<AttachAnswer> answers;
  {
    const MutexLock lock(inbox.mutex);
    answers.swap(inbox.answers);
  }
  for (AttachAnswer& answer : answers) {
    if (!TakeAnswer(id, answer)) return;
  }
}

bool AttachedClient::TakeAnswer(uint64_t id, AttachAnswer& answer) {
  const auto worker = workers_.find(id);
  if (worker == workers_.end()) return false;
  Result result;
  bool keeps_rules = false;
  const auto open = open_.find(answer.question());
  if (open != open_.end()) {
    const HookMethod method = open->second.call->method();
    const bool good = TakeAnswerOf(method, answer, result.response);
    result.outcome = good ? HookOutcome::kAnswered : HookOutcome::kFailed;
    if (!good) result.detail = fmt::format("no answer of {}'s", HookMethodName(method));
    // Its kind is right: whether it keeps the rules counts for the worker. The caller looks again.
    keeps_rules = good && CheckHookAnswer(result.response, options_.answer).ok();
  }
  WorkerPool::Actions actions;
  const WorkerPool::Taken taken = pool_.OnAnswer(id, answer.question(), keeps_rules, actions);
  if (taken == WorkerPool::Taken::kUnknown) {
    worker->second.stream->End(Error(absl::StatusCode::kInvalidArgument,
                                     "the worker has no question {}", answer.question()));
    Remove(id);
    return false;
  }
  if (taken == WorkerPool::Taken::kAnswer) Finish(answer.question(), std::move(result));
  Act(actions);
  return true;
}

void AttachedClient::Call(std::shared_ptr<const HookCall> call, int64_t deadline_millis,
                          Done done) {
  const uint64_t question = next_question_++;
  const bool again = MayAskAgain(call->method());
  open_.emplace(question, Open{std::move(call), deadline_millis, std::move(done)});
  WorkerPool::Actions actions;
  pool_.Offer(question, deadline_millis, again, actions);
  // Whoever called is not called back before this has returned.
  const bool fails = std::ranges::any_of(
      actions, [](const auto& each) { return each.kind == WorkerPool::Action::Kind::kFail; });
  if (fails) {
    boost::asio::post(io_, [this, actions = std::move(actions)] { Act(actions); });
  } else {
    Act(actions);
  }
}

void AttachedClient::Act(const WorkerPool::Actions& actions) {
  using Kind = WorkerPool::Action::Kind;
  for (const WorkerPool::Action& action : actions) {
    switch (action.kind) {
      case Kind::kAsk:
        Ask(action.question, action.worker);
        break;
      case Kind::kCancel:
        Cancel(action.question, action.worker);
        break;
      case Kind::kFail:
        Finish(action.question, Failed(action.why));
        break;
      case Kind::kEnd:
        if (const auto at = workers_.find(action.worker); at != workers_.end()) {
          at->second.stream->End(absl::OkStatus());
        }
        break;
    }
  }
  ArmTimer();
}

void AttachedClient::Ask(uint64_t question, uint64_t worker) {
  const auto open = open_.find(question);
  const auto at = workers_.find(worker);
  if (open == open_.end() || at == workers_.end()) return;
  AttachResponse message;
  auto& asked = *message.mutable_question();
  asked.set_id(question);
  const int64_t left = open->second.deadline - clock_.MonotonicMillis();
  asked.set_millis_left(static_cast<uint32_t>(std::max<int64_t>(left, 1)));
  asked.set_traceparent(open->second.call->traceparent);
  SetQuestion(open->second.call->request, asked);
  at->second.stream->Send(message);
}

void AttachedClient::Cancel(uint64_t question, uint64_t worker) {
  const auto at = workers_.find(worker);
  if (at == workers_.end()) return;
  if (MayLog()) {
    LogWarn("hook worker was too slow",
            {{"service", options_.service}, {"worker", at->second.name}});
  }
  AttachResponse message;
  message.mutable_cancel()->set_question(question);
  at->second.stream->Send(message);
}

void AttachedClient::Finish(uint64_t question, Result result) {
  const auto at = open_.find(question);
  if (at == open_.end()) return;
  Done done = std::move(at->second.done);
  open_.erase(at);
  std::move(done)(std::move(result));
}

void AttachedClient::ArmTimer() {
  // Deadlines come in order, so a timer that is set is never too late.
  const int64_t deadline = pool_.next_deadline();
  if (timer_armed_ || deadline == WorkerPool::kNever) return;
  timer_armed_ = true;
  const int64_t left = std::max<int64_t>(deadline - clock_.MonotonicMillis(), 1);
  timer_.expires_after(std::chrono::milliseconds(left));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    timer_armed_ = false;
    WorkerPool::Actions actions;
    pool_.OnTime(actions);
    Act(actions);
  });
}

bool AttachedClient::MayLog() {
  return logs_.TryTake(kLogRate, clock_.MonotonicMillis());
}

}  // namespace edge
