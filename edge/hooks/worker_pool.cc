#include "edge/hooks/worker_pool.h"

#include <algorithm>
#include <tuple>

namespace edge {

using Kind = WorkerPool::Action::Kind;

void WorkerPool::Attach(uint64_t worker, uint32_t credit, Actions& actions) {
  workers_[worker].credit = std::max<uint32_t>(credit, 1);
  StartWaiting(actions);
}

void WorkerPool::Leave(uint64_t worker, Actions& actions) {
  const auto at = workers_.find(worker);
  if (at == workers_.end() || at->second.leaving) return;
  at->second.leaving = true;
  EndIfDone(at, actions);
  StartWaiting(actions);
}

void WorkerPool::Lose(uint64_t worker, Actions& actions) {
  const auto at = workers_.find(worker);
  if (at == workers_.end()) return;
  std::vector<uint64_t> had(at->second.has.begin(), at->second.has.end());
  workers_.erase(at);
  std::ranges::sort(had);
  const int64_t now = clock_.MonotonicMillis();
  std::vector<uint64_t> again;
  for (const uint64_t id : had) {
    const auto question = questions_.find(id);
    if (question == questions_.end()) continue;  // its time was over
    const Question& lost = question->second;
    if (lost.may_ask_again && lost.asks < kMostAsks && now < lost.deadline) {
      question->second.worker = 0;
      again.push_back(id);
    } else {
      Fail(question, Failure::kLost, actions);
    }
  }
  // They are older than what waits.
  waiting_.insert(waiting_.begin(), again.begin(), again.end());
  StartWaiting(actions);
}

void WorkerPool::Offer(uint64_t question, int64_t deadline, bool may_ask_again, Actions& actions) {
  questions_.emplace(question, Question{.began = clock_.MonotonicMillis(),
                                        .deadline = deadline,
                                        .may_ask_again = may_ask_again});
  deadlines_.emplace_back(deadline, question);
  waiting_.push_back(question);
  StartWaiting(actions);
}

bool WorkerPool::IsLeftAlone(const Worker& worker, int64_t now) const {
  return limits_.most_failures != 0 && worker.failures >= limits_.most_failures &&
         (now < worker.slow_until || worker.trial != 0);
}

WorkerPool::Workers::iterator WorkerPool::Choose(int64_t now, bool& anybody) {
  auto best = workers_.end();
  auto best_slow = workers_.end();
  bool quick_ones = false;
  // A product instead of a quotient: which has less of what it takes.
  const auto better = [](Workers::iterator a, Workers::iterator b) {
    const uint64_t load_a = a->second.has.size() * b->second.credit;
    const uint64_t load_b = b->second.has.size() * a->second.credit;
    return std::tie(load_a, a->second.chosen, a->first) <
           std::tie(load_b, b->second.chosen, b->first);
  };
  const auto offer = [&](Workers::iterator& to, Workers::iterator one) {
    if (to == workers_.end() || better(one, to)) to = one;
  };
  anybody = false;
  for (auto at = workers_.begin(); at != workers_.end(); ++at) {
    const Worker& worker = at->second;
    if (worker.leaving || IsLeftAlone(worker, now)) continue;
    anybody = true;
    quick_ones = quick_ones || !worker.slow;
    if (worker.has.size() >= worker.credit) continue;
    const bool passed_over = worker.slow && (now < worker.slow_until || worker.trial != 0);
    offer(passed_over ? best_slow : best, at);
  }
  // When all are slow, one of them is better than none.
  return best != workers_.end() || quick_ones ? best : best_slow;
}

void WorkerPool::Ask(Workers::iterator worker, Questions::iterator question, int64_t now,
                     Actions& actions) {
  Worker& asked = worker->second;
  asked.has.insert(question->first);
  ++asked.open;
  asked.chosen = ++turns_;
  if (asked.slow && now >= asked.slow_until && asked.trial == 0) asked.trial = question->first;
  question->second.worker = worker->first;
  question->second.asked = now;
  ++question->second.asks;
  actions.push_back({.kind = Kind::kAsk, .question = question->first, .worker = worker->first});
}

void WorkerPool::StartWaiting(Actions& actions) {
  const int64_t now = clock_.MonotonicMillis();
  while (!waiting_.empty()) {
    const auto question = questions_.find(waiting_.front());
    // One whose time is over is left to OnTime.
    if (question == questions_.end() || question->second.deadline <= now) {
      waiting_.pop_front();
      continue;
    }
    bool anybody = false;
    const auto worker = Choose(now, anybody);
    if (!anybody) return FailWaiting(actions);
    if (worker == workers_.end()) return;
    waiting_.pop_front();
    Ask(worker, question, now, actions);
  }
}

void WorkerPool::Fail(Questions::iterator question, Failure why, Actions& actions) {
  actions.push_back({.kind = Kind::kFail, .question = question->first, .why = why});
  questions_.erase(question);
}

void WorkerPool::FailWaiting(Actions& actions) {
  for (const uint64_t id : waiting_) {
    const auto question = questions_.find(id);
    if (question == questions_.end()) continue;
    // One that was asked already has lost its worker.
    const bool asked = question->second.asks > 0;
    Fail(question, asked ? Failure::kLost : Failure::kNobody, actions);
  }
  waiting_.clear();
  // Where nobody answers nothing else takes them off.
  while (!deadlines_.empty() && !questions_.contains(deadlines_.front().second)) {
    deadlines_.pop_front();
  }
}

void WorkerPool::OnFailure(Worker& worker, uint64_t question, bool late, int64_t now) const {
  const bool was_trial = worker.trial == question;
  if (was_trial) worker.trial = 0;
  ++worker.failures;
  const bool too_many = limits_.most_failures != 0 && worker.failures >= limits_.most_failures;
  if (!late && !too_many && !was_trial) return;
  worker.slow = true;
  worker.slow_until = now + limits_.pass_over_millis;
}

void WorkerPool::EndIfDone(Workers::iterator worker, Actions& actions) {
  if (!worker->second.leaving || worker->second.open != 0) return;
  actions.push_back({.kind = Kind::kEnd, .worker = worker->first});
}

WorkerPool::Taken WorkerPool::OnAnswer(uint64_t worker, uint64_t question, bool good,
                                       Actions& actions) {
  const auto at = workers_.find(worker);
  if (at == workers_.end() || at->second.has.erase(question) == 0) return Taken::kUnknown;
  Worker& answered = at->second;
  const auto open = questions_.find(question);
  const bool late = open == questions_.end();
  if (!late) {
    questions_.erase(open);
    while (!deadlines_.empty() && !questions_.contains(deadlines_.front().second)) {
      deadlines_.pop_front();
    }
    --answered.open;
    if (!good) {
      OnFailure(answered, question, false, clock_.MonotonicMillis());
    } else {
      answered.failures = 0;
      if (answered.trial == question) {
        answered.trial = 0;
        answered.slow = false;
      }
    }
    EndIfDone(at, actions);
  }
  StartWaiting(actions);
  return late ? Taken::kLate : Taken::kAnswer;
}

void WorkerPool::OnTime(Actions& actions) {
  const int64_t now = clock_.MonotonicMillis();
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const auto at = questions_.find(deadlines_.front().second);
    deadlines_.pop_front();
    if (at == questions_.end()) continue;
    const Question question = at->second;
    const uint64_t id = at->first;
    Fail(at, Failure::kTimedOut, actions);
    const auto worker = workers_.find(question.worker);
    if (worker == workers_.end()) continue;  // it waited
    actions.push_back({.kind = Kind::kCancel, .question = id, .worker = worker->first});
    --worker->second.open;
    // One that waited long before it was asked says little of the worker.
    const bool had_time = 2 * (now - question.asked) >= question.deadline - question.began;
    if (had_time) {
      OnFailure(worker->second, id, true, now);
    } else if (worker->second.trial == id) {
      worker->second.trial = 0;
    }
    EndIfDone(worker, actions);
  }
  StartWaiting(actions);
}

}  // namespace edge
