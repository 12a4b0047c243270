#pragma once

#include <initializer_list>
#include <memory>
#include <string>

#include "bench/load/crowd.h"
#include "bench/load/interval.h"
#include "bench/load/publications.h"
#include "bench/load/publisher.h"
#include "bench/load/report.h"

namespace bench {

// A crowd, the publications for it, and who publishes them.
class Traffic {
 public:
  // Connects `members`, `parallel` handshakes at a time, the last `slow` of them with small
  // receive buffers, and then the publisher that `how` names (MakePublisher).
  Traffic(EventLoop& loop, Target target, PublicationPlan plan, size_t members, size_t parallel,
          const std::string& how, size_t slow = 0);

  Crowd& crowd() { return crowd_; }
  Publications& publications() { return publications_; }
  Publisher& publisher() { return *publisher_; }

  // The measured interval begins: forgets the latencies, remembers the counts.
  void BeginInterval();
  // Adds what there was since: publications, deliveries, each for a second and for a CPU-second of
  // the server, and the latencies. `prefix` is put before the names.
  void AddTo(Report& report, const Interval& interval, const std::string& prefix = "") const;

 private:
  Crowd crowd_;
  Publications publications_;
  std::unique_ptr<Publisher> publisher_;
  uint64_t deliveries_before_ = 0;
  uint64_t published_before_ = 0;
  uint64_t bytes_before_ = 0;
};

// Publishes what the plans want, and reads, for so long. None of them: only reads.
void RunFor(EventLoop& loop, std::initializer_list<Traffic*> all, double seconds);
// Publishes nothing more and waits until nothing is under way, a minute at most.
void Drain(EventLoop& loop, std::initializer_list<Traffic*> all);
// Adds what went wrong, or that nothing did. Returns the exit code. `prefix` is put before the
// names.
int AddVerdict(Report& report, std::initializer_list<Traffic*> all, const std::string& prefix = "");

}  // namespace bench
