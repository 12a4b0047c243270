#include <algorithm>

#include "bench/load/commands.h"
#include "bench/load/crowd.h"
#include "bench/load/interval.h"
#include "bench/load/publications.h"
#include "bench/load/publisher.h"
#include "bench/load/report.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr int64_t kDrainNanos = 10'000'000'000;
constexpr char kIntro[] =
    "load fanout: members in rooms get publications.\n"
    "--publish line:IP:PORT (bench/limit), rpc:TARGET (Broadcast), stream:TARGET "
    "(BroadcastStream)\n"
    "or ws (the members themselves). Exits with 1 when a member got less, more or another order.";

std::vector<OptionSpec> Specs() {
  return Together(
      TargetOptions(),
      {{"publish", "HOW", "", "who publishes, see above"},
       {"members", "N", "1000", "connections"},
       {"size", "BYTES", "128", "content of a publication: JSON text"},
       {"in-flight", "K", "1", "publications under way: not answered, or not at all members yet"},
       {"rate", "R", "0", "R publications a second instead, whatever becomes of them"},
       {"random-rooms", "", "", "a random room each, instead of in turn"},
       {"duration", "S", "5", "seconds measured"},
       {"warmup", "S", "1", "seconds before"},
       {"parallel", "K", "64", "handshakes at a time while connecting"}});
}

std::unique_ptr<Publisher> PublisherOf(const std::string& how, EventLoop& loop, Crowd& crowd,
                                       AnswerListener& listener) {
  if (how == "ws") return MakeMemberPublisher(crowd, listener);
  const size_t colon = how.find(':');
  const std::string kind = how.substr(0, colon);
  if (colon == std::string::npos) Fail("--publish '{}' names no address", how);
  const std::string address = how.substr(colon + 1);
  if (kind == "line") return MakeLinePublisher(loop, address, crowd, listener);
  if (kind == "rpc") return MakeBroadcastPublisher(loop, address, crowd, listener);
  if (kind == "stream") return MakeStreamPublisher(loop, address, crowd, listener);
  Fail("--publish '{}' is none of line, rpc, stream, ws", how);
}

// One run: what was counted in the measured interval.
class Fanout {
 public:
  explicit Fanout(const Options& options)
      : server_(static_cast<pid_t>(options.Number("server-pid"))),
        crowd_(loop_, TargetOf(options)),
        publications_(crowd_, {.size = static_cast<size_t>(options.Number("size")),
                               .in_flight = static_cast<size_t>(options.Number("in-flight")),
                               .rate = options.Real("rate"),
                               .random_rooms = options.Has("random-rooms")}) {
    crowd_.Connect(static_cast<size_t>(options.Number("members")),
                   static_cast<size_t>(options.Number("parallel")));
    publisher_ = PublisherOf(options.Needed("publish"), loop_, crowd_, publications_);
  }

  int Run(double warmup, double duration, bool json) {
    RunFor(warmup);
    publications_.ResetLatencies();
    const uint64_t deliveries = publications_.deliveries();
    const uint64_t published = publications_.published();
    Interval interval(server_);
    RunFor(duration);
    interval.End();
    AddRates(interval, static_cast<double>(publications_.deliveries() - deliveries),
             static_cast<double>(publications_.published() - published));
    Drain();
    const std::string wrong = publications_.Verify();
    report_.Add("others", static_cast<double>(publications_.others()), "messages");
    report_.Add("verified",
                wrong.empty() ? "every member got every publication, in one order" : wrong);
    report_.Print(json);
    return wrong.empty() ? 0 : 1;
  }

 private:
  void RunFor(double seconds) {
    int64_t now = NowNanos();
    const int64_t end = now + static_cast<int64_t>(seconds * kNanosPerSecond);
    while (now < end) {
      publications_.Pump(*publisher_, now);
      const int64_t next = publications_.NanosToNext(now);
      loop_.Turn(next < 0 ? end - now : std::clamp<int64_t>(next, 0, end - now));
      now = NowNanos();
    }
  }

  void Drain() {
    const int64_t end = NowNanos() + kDrainNanos;
    while (publications_.under_way() > 0 && NowNanos() < end) loop_.Turn(end - NowNanos());
  }

  void AddRates(const Interval& interval, double deliveries, double published) {
    report_.Add("members", static_cast<double>(crowd_.size()));
    report_.Add("rooms", static_cast<double>(crowd_.target().rooms));
    interval.AddTo(report_);
    report_.Add("publications", published);
    report_.Add("deliveries", deliveries);
    report_.Add("deliveries_per_s", deliveries / interval.seconds());
    if (interval.cpu_seconds() > 0) {
      report_.Add("deliveries_per_cpu_s", deliveries / interval.cpu_seconds());
      report_.Add("cpu_us_per_publication", interval.cpu_seconds() * 1e6 / std::max(published, 1.0),
                  "us");
    }
    report_.Add("delivery", publications_.delivery_latency());
    report_.Add("answer", publications_.answer_latency());
  }

  EventLoop loop_;
  ProcessStat server_;
  Crowd crowd_;
  Publications publications_;
  std::unique_ptr<Publisher> publisher_;
  Report report_;
};

}  // namespace

int RunFanout(int argc, char** argv) {
  const Options options(kIntro, Specs(), argc, argv, 2);
  return Fanout(options).Run(options.Real("warmup"), options.Real("duration"), options.Has("json"));
}

}  // namespace bench
