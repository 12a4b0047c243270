#include "edge/hooks/hook_service.h"

#include <utility>

#include "edge/base/log.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr TokenBucket::Rate kLogRate{.per_second = 2, .burst = 20};

int64_t MicrosSince(std::chrono::steady_clock::time_point began) {
  const auto time = std::chrono::steady_clock::now() - began;
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

std::string_view TextOf(HookFailure why) {
  switch (why) {
    case HookFailure::kOverloaded:
      return "too many questions wait for the application";
    case HookFailure::kNoEndpoint:
      return "the application is not there";
    case HookFailure::kTimedOut:
      return "the application did not answer in time";
    case HookFailure::kUnreached:
      return "the application cannot be reached";
    case HookFailure::kBadAnswer:
      break;
  }
  return "the application's answer is not valid";
}

}  // namespace

HookService::HookService(boost::asio::io_context& io, const Clock& clock, HookMetrics& metrics,
                         Options options, std::vector<std::unique_ptr<HookClient>> clients)
    : clock_(clock),
      metrics_(metrics),
      options_(std::move(options)),
      gate_(options_.gate, clock),
      clients_(std::move(clients)),
      timer_(io) {}

bool HookService::TakePlace(HookMethod method) {
  const uint32_t most = options_.gate.max_concurrent + options_.gate.max_waiting;
  if (open_.fetch_add(1, std::memory_order_relaxed) < most) return true;
  open_.fetch_sub(1, std::memory_order_relaxed);
  metrics_.Failed(method, HookFailure::kOverloaded, 0);
  return false;
}

void HookService::Ask(std::shared_ptr<const HookCall> call, Done done) {
  const uint64_t question = next_question_++;
  const bool again = MayAskAgain(call->method());
  questions_.emplace(question,
                     Open{std::move(call), std::move(done), std::chrono::steady_clock::now(), {}});
  HookGate::Actions actions;
  gate_.Offer(question, again, actions);
  Act(actions);
}

void HookService::Act(const HookGate::Actions& actions) {
  for (const HookGate::Action& action : actions) {
    if (action.kind == HookGate::Action::Kind::kStart) {
      Start(action.question, action.endpoint);
    } else {
      Fail(action.question, action.why);
    }
  }
  NoteBreakers();
  ArmTimer();
}

void HookService::Start(uint64_t question, size_t endpoint) {
  const auto at = questions_.find(question);
  if (at == questions_.end()) return;
  clients_[endpoint]->Call(at->second.call, gate_.DeadlineOf(question),
                           [this, question, endpoint](HookClient::Result result) {
                             OnResult(question, endpoint, std::move(result));
                           });
}

void HookService::OnResult(uint64_t question, size_t endpoint, HookClient::Result result) {
  const auto at = questions_.find(question);
  if (at == questions_.end()) return;  // it has timed out
  if (result.outcome == HookOutcome::kAnswered) {
    const absl::Status valid = CheckHookAnswer(result.response, options_.answer);
    if (!valid.ok()) {
      result.outcome = HookOutcome::kFailed;
      result.detail = std::string(valid.message());
    }
  }
  HookGate::Actions actions;
  gate_.OnOutcome(question, result.outcome, actions);
  if (result.outcome == HookOutcome::kAnswered) {
    metrics_.Answered(at->second.call->method(), MicrosSince(at->second.began));
    Finish(question, {absl::OkStatus(), std::move(result.response)});
  } else {
    at->second.problem = fmt::format("{}: {}", options_.endpoints[endpoint], result.detail);
  }
  Act(actions);
}

void HookService::Fail(uint64_t question, HookFailure why) {
  const auto at = questions_.find(question);
  if (at == questions_.end()) return;
  const HookMethod method = at->second.call->method();
  metrics_.Failed(method, why, MicrosSince(at->second.began));
  if (logs_.TryTake(kLogRate, clock_.MonotonicMillis())) {
    LogWarn("hook without an answer", {{"service", options_.name},
                                       {"hook", HookMethodName(method)},
                                       {"reason", TextOf(why)},
                                       {"detail", at->second.problem}});
  }
  Finish(question, {absl::UnavailableError(ToAbsl(TextOf(why))), EmptyResponse(method)});
}

void HookService::Finish(uint64_t question, HookAnswer answer) {
  const auto at = questions_.find(question);
  Done done = std::move(at->second.done);
  questions_.erase(at);
  open_.fetch_sub(1, std::memory_order_relaxed);
  std::move(done)(std::move(answer));
}

void HookService::ArmTimer() {
  // Deadlines come in order, so a timer that is set is never too late.
  const int64_t deadline = gate_.next_deadline();
  if (timer_armed_ || deadline == HookGate::kNever) return;
  timer_armed_ = true;
  const int64_t left = std::max<int64_t>(deadline - clock_.MonotonicMillis(), 1);
  timer_.expires_after(std::chrono::milliseconds(left));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    timer_armed_ = false;
    HookGate::Actions actions;
    gate_.OnTime(actions);
    Act(actions);
  });
}

void HookService::NoteBreakers() {
  const auto now_open = static_cast<uint32_t>(gate_.open_breakers());
  const uint32_t before = breakers_.exchange(now_open, std::memory_order_relaxed);
  if (now_open > before) {
    LogWarn("hook endpoint left alone", {{"service", options_.name}, {"endpoints", now_open}});
  } else if (now_open < before) {
    LogInfo("hook endpoint is back", {{"service", options_.name}, {"left_alone", now_open}});
  }
}

}  // namespace edge
