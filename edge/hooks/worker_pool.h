#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "edge/base/clock.h"

namespace edge {

struct WorkerPoolLimits {
  int64_t pass_over_millis = 2000;
  uint32_t most_failures = 5;  // in a row; 0: no worker is ever left alone
};

// Which attached worker is asked what. Workers and questions are named by numbers of the caller's,
// above 0.
//
// A question goes to the worker with the fewest unanswered ones for what it takes at once (its
// credit); with the same, to the one that was chosen longest ago. When all have what they take,
// questions wait, in order. A question that is over its time counts until the worker answers it, so
// that a worker never has more than its credit.
//
// A worker that had a question for half of its time and did not answer is passed over for
// pass_over_millis, as long as another takes questions; one that failed most_failures times in a
// row is left alone that long even if there is no other. Then one question tries it.
//
// What a lost worker had is offered again if it may be, at most kMostAsks times in all (a question
// may be what kills workers), and fails otherwise.
//
// Pure: no I/O; events in, actions out. One thread. O(workers) a question.
class WorkerPool {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr uint32_t kMostAsks = 3;

  // Why a question has no answer.
  enum class Failure : uint8_t {
    kNobody,   // no worker is attached that takes questions
    kLost,     // the worker that had it has gone
    kTimedOut  // its time is over
  };
  struct Action {
    enum class Kind : uint8_t { kAsk, kCancel, kFail, kEnd };
    Kind kind = Kind::kAsk;
    uint64_t question = 0;           // not of kEnd
    uint64_t worker = 0;             // not of kFail
    Failure why = Failure::kNobody;  // kFail: the question is forgotten
  };
  using Actions = std::vector<Action>;
  enum class Taken : uint8_t {
    kAnswer,  // the question is answered, and forgotten
    kLate,    // its time was over
    kUnknown  // the worker has no such question
  };

  WorkerPool(const WorkerPoolLimits& limits, const Clock& clock) : limits_(limits), clock_(clock) {}

  // A worker comes. `credit`: questions at a time, at least 1.
  void Attach(uint64_t worker, uint32_t credit, Actions& actions);
  // It takes no more. kEnd comes when its questions are answered or over their time.
  void Leave(uint64_t worker, Actions& actions);
  // It has gone.
  void Lose(uint64_t worker, Actions& actions);

  // A new question. Deadlines come in order. Every question gets an OnAnswer that is taken, or a
  // kFail.
  void Offer(uint64_t question, int64_t deadline, bool may_ask_again, Actions& actions);
  // A worker answered. `good`: with an answer of the question's kind.
  Taken OnAnswer(uint64_t worker, uint64_t question, bool good, Actions& actions);
  // Ends what is over its time.
  void OnTime(Actions& actions);

  // When OnTime has something to do; kNever: nothing is open.
  int64_t next_deadline() const {
    return questions_.empty() || deadlines_.empty() ? kNever : deadlines_.front().first;
  }
  size_t open() const { return questions_.size(); }

 private:
  struct Worker {
    uint32_t credit = 1;
    absl::flat_hash_set<uint64_t> has;  // not answered, those over their time too
    uint32_t open = 0;                  // of them, not over their time
    bool leaving = false;
    bool slow = false;
    int64_t slow_until = 0;
    uint64_t trial = 0;     // the question that tries a slow one; 0: none
    uint32_t failures = 0;  // in a row
    uint64_t chosen = 0;    // its turn, counted over all
  };
  struct Question {
    int64_t began = 0;
    int64_t deadline = 0;
    bool may_ask_again = false;
    uint32_t asks = 0;
    int64_t asked = 0;    // when, last
    uint64_t worker = 0;  // 0: it waits
  };
  using Workers = absl::flat_hash_map<uint64_t, Worker>;
  using Questions = absl::flat_hash_map<uint64_t, Question>;

  bool IsLeftAlone(const Worker& worker, int64_t now) const;
  // The worker to ask; end: all have what they take. `anybody`: whether it is worth waiting.
  Workers::iterator Choose(int64_t now, bool& anybody);
  void Ask(Workers::iterator worker, Questions::iterator question, int64_t now, Actions& actions);
  void StartWaiting(Actions& actions);
  void Fail(Questions::iterator question, Failure why, Actions& actions);
  void FailWaiting(Actions& actions);
  void OnFailure(Worker& worker, uint64_t question, bool late, int64_t now) const;
  static void EndIfDone(Workers::iterator worker, Actions& actions);

  const WorkerPoolLimits limits_;
  const Clock& clock_;
  Workers workers_;
  Questions questions_;
  std::deque<uint64_t> waiting_;                        // in order; may name some that have ended
  std::deque<std::pair<int64_t, uint64_t>> deadlines_;  // in order; likewise
  uint64_t turns_ = 0;
};

}  // namespace edge
