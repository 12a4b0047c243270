#include "bench/load/traffic.h"

#include <algorithm>

namespace bench {
namespace {

constexpr double kNanosPerSecond = 1e9;
// The kernel keeps little for those who will not read: the server has to.
constexpr int kSlowReceiveBuffer = 4096;
constexpr int64_t kDrainNanos = 60'000'000'000;

}  // namespace

Traffic::Traffic(EventLoop& loop, Target target, PublicationPlan plan, size_t members,
                 size_t parallel, const std::string& how, size_t slow)
    : crowd_(loop, std::move(target)), publications_(crowd_, plan) {
  crowd_.Connect(members - slow, parallel);
  if (slow > 0) crowd_.Connect(slow, parallel, kSlowReceiveBuffer);
  publisher_ = MakePublisher(how, loop, crowd_, publications_);
}

void Traffic::BeginInterval() {
  publications_.ResetLatencies();
  deliveries_before_ = publications_.deliveries();
  published_before_ = publications_.published();
  bytes_before_ = crowd_.bytes();
}

void Traffic::AddTo(Report& report, const Interval& interval, const std::string& prefix) const {
  const auto deliveries = static_cast<double>(publications_.deliveries() - deliveries_before_);
  const auto published = static_cast<double>(publications_.published() - published_before_);
  const auto bytes = static_cast<double>(crowd_.bytes() - bytes_before_);
  report.Add(prefix + "publications", published);
  report.Add(prefix + "publications_per_s", published / interval.seconds());
  report.Add(prefix + "deliveries", deliveries);
  report.Add(prefix + "deliveries_per_s", deliveries / interval.seconds());
  report.Add(prefix + "bytes_per_delivery", bytes / std::max(deliveries, 1.0), "bytes");
  if (interval.cpu_seconds() > 0) {
    report.Add(prefix + "deliveries_per_cpu_s", deliveries / interval.cpu_seconds());
    report.Add(prefix + "cpu_us_per_publication",
               interval.cpu_seconds() * 1e6 / std::max(published, 1.0), "us");
  }
  report.Add(prefix + "delivery", publications_.delivery_latency());
  report.Add(prefix + "answer", publications_.answer_latency());
}

void RunFor(EventLoop& loop, std::initializer_list<Traffic*> all, double seconds) {
  int64_t now = NowNanos();
  const int64_t end = now + static_cast<int64_t>(seconds * kNanosPerSecond);
  while (now < end) {
    int64_t sleep = end - now;
    for (Traffic* const traffic : all) {
      traffic->publications().Pump(traffic->publisher(), now);
      const int64_t next = traffic->publications().NanosToNext(now);
      if (next >= 0) sleep = std::min(sleep, next);
    }
    loop.Turn(sleep);
    now = NowNanos();
  }
}

void Drain(EventLoop& loop, std::initializer_list<Traffic*> all) {
  const int64_t end = NowNanos() + kDrainNanos;
  const auto waiting = [](Traffic* traffic) { return traffic->publications().under_way() > 0; };
  while (std::ranges::any_of(all, waiting) && NowNanos() < end) loop.Turn(end - NowNanos());
}

int AddVerdict(Report& report, std::initializer_list<Traffic*> all, const std::string& prefix) {
  std::string wrong;
  uint64_t others = 0;
  uint64_t compressed = 0;
  for (Traffic* const traffic : all) {
    if (wrong.empty()) wrong = traffic->publications().Verify();
    others += traffic->publications().others();
    compressed += traffic->crowd().compressed();
  }
  report.Add(prefix + "compressed", static_cast<double>(compressed), "messages");
  report.Add(prefix + "others", static_cast<double>(others), "messages");
  report.Add(prefix + "verified",
             wrong.empty() ? "every member got every publication, in one order" : wrong);
  return wrong.empty() ? 0 : 1;
}

}  // namespace bench
