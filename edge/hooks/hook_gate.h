#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge/base/clock.h"

namespace edge {

struct HookGateLimits {
  size_t endpoints = 1;  // at most 16
  uint32_t max_concurrent = 256;
  uint32_t max_waiting = 4096;
  int64_t timeout_millis = 1000;
  uint32_t breaker_failures = 5;  // 0: the breaker never opens
  int64_t breaker_open_millis = 2000;
};

// Why a question has no answer.
enum class HookFailure : uint8_t {
  kOverloaded,  // max_waiting questions wait already
  kNoEndpoint,  // every endpoint's breaker is open, or nobody is attached
  kTimedOut,
  kUnreached,  // no byte of an answer came
  kBadAnswer
};

// What one endpoint did with a question.
enum class HookOutcome : uint8_t {
  kAnswered,
  kUnreached,  // no byte of an answer came: it may never have seen the question
  kNobody,     // it is none at the moment: there was nobody to ask
  kFailed      // an answer that is none
};

// The gate before a service of the application: which questions are under way, at which endpoint,
// and which wait. Questions are named by numbers of the caller's.
//
// At most max_concurrent are under way, at most max_waiting wait for their turn, in order; each
// ends within timeout_millis of its offer. Endpoints take turns. An endpoint that failed
// breaker_failures times in a row gets nothing for breaker_open_millis, then one question as a
// trial. A question that may be asked again goes to an endpoint that has not had it when one was
// not reached.
//
// Pure: no I/O; events in, actions out. One thread. All O(1), but for the endpoints.
class HookGate {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  struct Action {
    enum class Kind : uint8_t { kStart, kFail };
    Kind kind = Kind::kStart;
    uint64_t question = 0;
    size_t endpoint = 0;                         // kStart
    HookFailure why = HookFailure::kOverloaded;  // kFail: the question is forgotten
  };
  using Actions = std::vector<Action>;

  HookGate(const HookGateLimits& limits, const Clock& clock)
      : limits_(limits), clock_(clock), endpoints_(limits.endpoints) {}

  // A new question. Every question gets a kStart and then OnOutcome, or a kFail.
  void Offer(uint64_t question, bool may_ask_again, Actions& actions);
  // What became of a question that was started; one that has timed out meanwhile is ignored.
  void OnOutcome(uint64_t question, HookOutcome outcome, Actions& actions);
  // Ends what is over its time.
  void OnTime(Actions& actions);

  // When OnTime has something to do; kNever: nothing is open.
  int64_t next_deadline() const;
  // Of an open question; 0: it is none.
  int64_t DeadlineOf(uint64_t question) const;
  size_t under_way() const { return under_way_; }
  size_t waiting() const { return questions_.size() - under_way_; }
  // Endpoints that are left alone at the moment.
  size_t open_breakers() const;

 private:
  struct Question {
    int64_t deadline = 0;
    bool may_ask_again = false;
    bool started = false;
    uint16_t tried = 0;  // a bit for each endpoint
    size_t endpoint = 0;
  };
  struct Endpoint {
    uint32_t failures = 0;   // in a row
    int64_t open_until = 0;  // 0: closed
    bool on_trial = false;
  };
  using Questions = absl::flat_hash_map<uint64_t, Question>;

  // The next endpoint that may be asked and has no bit in `tried`; endpoints_.size(): none.
  size_t Choose(uint16_t tried);
  void Start(uint64_t id, Question& question, size_t endpoint, Actions& actions);
  void StartWaiting(Actions& actions);
  void Fail(Questions::iterator at, HookFailure why, Actions& actions);
  void CountOutcome(size_t endpoint, bool good);

  const HookGateLimits limits_;
  const Clock& clock_;
  std::vector<Endpoint> endpoints_;
  size_t next_ = 0;
  size_t under_way_ = 0;
  Questions questions_;
  std::deque<uint64_t> waiting_;  // in order; may name some that have ended
  // In order, since all have the same time; may name some that have ended.
  std::deque<std::pair<int64_t, uint64_t>> deadlines_;
};

}  // namespace edge
