#include "edge/hooks/hook_gate.h"

#include <algorithm>

namespace edge {

size_t HookGate::Choose(uint16_t tried) {
  const int64_t now = clock_.MonotonicMillis();
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    const size_t at = (next_ + i) % endpoints_.size();
    const Endpoint& endpoint = endpoints_[at];
    const bool usable =
        endpoint.open_until == 0 || (now >= endpoint.open_until && !endpoint.on_trial);
    if (!usable || (tried & (1U << at)) != 0) continue;
    next_ = at + 1;
    return at;
  }
  return endpoints_.size();
}

void HookGate::Start(uint64_t id, Question& question, size_t endpoint, Actions& actions) {
  if (!question.started) ++under_way_;
  question.started = true;
  question.endpoint = endpoint;
  question.tried = static_cast<uint16_t>(question.tried | (1U << endpoint));
  if (endpoints_[endpoint].open_until != 0) endpoints_[endpoint].on_trial = true;
  actions.push_back({.kind = Action::Kind::kStart, .question = id, .endpoint = endpoint});
}

void HookGate::Fail(Questions::iterator at, HookFailure why, Actions& actions) {
  if (at->second.started) --under_way_;
  actions.push_back({.kind = Action::Kind::kFail, .question = at->first, .why = why});
  questions_.erase(at);
}

void HookGate::Offer(uint64_t id, bool may_ask_again, Actions& actions) {
  const int64_t deadline = clock_.MonotonicMillis() + limits_.timeout_millis;
  const auto at =
      questions_.emplace(id, Question{.deadline = deadline, .may_ask_again = may_ask_again}).first;
  if (under_way_ < limits_.max_concurrent) {
    const size_t endpoint = Choose(0);
    if (endpoint == endpoints_.size()) return Fail(at, HookFailure::kNoEndpoint, actions);
    Start(id, at->second, endpoint, actions);
  } else {
    // This one is among the waiting already.
    if (waiting() > limits_.max_waiting) return Fail(at, HookFailure::kOverloaded, actions);
    waiting_.push_back(id);
  }
  deadlines_.emplace_back(deadline, id);
}

void HookGate::CountOutcome(size_t index, bool good) {
  Endpoint& endpoint = endpoints_[index];
  if (good) {
    endpoint = Endpoint();
    return;
  }
  ++endpoint.failures;
  if (limits_.breaker_failures == 0) return;
  // What was under way when it opened says nothing new; a trial does.
  const bool opens = endpoint.on_trial ||
                     (endpoint.open_until == 0 && endpoint.failures >= limits_.breaker_failures);
  if (!opens) return;
  endpoint.open_until = clock_.MonotonicMillis() + limits_.breaker_open_millis;
  endpoint.on_trial = false;
}

void HookGate::OnOutcome(uint64_t id, HookOutcome outcome, Actions& actions) {
  const auto at = questions_.find(id);
  if (at == questions_.end() || !at->second.started) return;
  Question& question = at->second;
  CountOutcome(question.endpoint, outcome == HookOutcome::kAnswered);
  if (outcome == HookOutcome::kAnswered) {
    --under_way_;
    questions_.erase(at);
    while (!deadlines_.empty() && !questions_.contains(deadlines_.front().second)) {
      deadlines_.pop_front();
    }
    return StartWaiting(actions);
  }
  // A client that gives up at the deadline says that it reached nobody; it is the time that is
  // over.
  const bool late = clock_.MonotonicMillis() >= question.deadline;
  if (outcome == HookOutcome::kUnreached && question.may_ask_again && !late) {
    const size_t other = Choose(question.tried);
    if (other != endpoints_.size()) return Start(id, question, other, actions);
  }
  const HookFailure why = late                                 ? HookFailure::kTimedOut
                          : outcome == HookOutcome::kUnreached ? HookFailure::kUnreached
                          : outcome == HookOutcome::kNobody    ? HookFailure::kNoEndpoint
                                                               : HookFailure::kBadAnswer;
  Fail(at, why, actions);
  StartWaiting(actions);
}

void HookGate::StartWaiting(Actions& actions) {
  while (under_way_ < limits_.max_concurrent && !waiting_.empty()) {
    const auto at = questions_.find(waiting_.front());
    waiting_.pop_front();
    if (at == questions_.end()) continue;
    const size_t endpoint = Choose(0);
    if (endpoint == endpoints_.size()) {
      Fail(at, HookFailure::kNoEndpoint, actions);
    } else {
      Start(at->first, at->second, endpoint, actions);
    }
  }
}

void HookGate::OnTime(Actions& actions) {
  const int64_t now = clock_.MonotonicMillis();
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const auto at = questions_.find(deadlines_.front().second);
    deadlines_.pop_front();
    if (at == questions_.end()) continue;
    if (at->second.started) CountOutcome(at->second.endpoint, false);
    Fail(at, HookFailure::kTimedOut, actions);
  }
  StartWaiting(actions);
}

int64_t HookGate::next_deadline() const {
  return questions_.empty() || deadlines_.empty() ? kNever : deadlines_.front().first;
}

int64_t HookGate::DeadlineOf(uint64_t question) const {
  const auto at = questions_.find(question);
  return at == questions_.end() ? 0 : at->second.deadline;
}

size_t HookGate::open_breakers() const {
  return static_cast<size_t>(
      std::ranges::count_if(endpoints_, [](const Endpoint& each) { return each.open_until != 0; }));
}

}  // namespace edge
