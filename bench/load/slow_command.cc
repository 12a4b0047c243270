#include <algorithm>

#include "bench/load/commands.h"
#include "bench/load/traffic.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr char kIntro[] =
    "load slow: some members stop reading while publications go on. What the others get before\n"
    "('before_') and then ('slow_'), what the server's memory grows by, and how many of the slow "
    "it\n"
    "has closed.";

std::vector<OptionSpec> Specs() {
  return Together(TargetOptions(),
                  {{"publish", "HOW", "", kPublisherHelp},
                   {"members", "N", "1000", "members of the room"},
                   {"slow", "N", "100", "of them stop reading"},
                   {"size", "BYTES", "4096", "content of a publication: JSON text"},
                   {"rate", "R", "60", "publications a second"},
                   {"duration", "S", "5", "seconds measured, before and while some do not read"},
                   {"warmup", "S", "1", "seconds before each"},
                   {"parallel", "K", "64", "handshakes at a time while connecting"}});
}

size_t ClosedAmongLast(Crowd& crowd, size_t count) {
  size_t closed = 0;
  for (size_t i = crowd.size() - count; i < crowd.size(); ++i) closed += crowd.at(i).SkipToEnd();
  return closed;
}

}  // namespace

int RunSlow(int argc, char** argv) {
  const Options options(kIntro, Specs(), argc, argv, 2);
  const ProcessStat server(options.Text("server-pid"));
  const auto slow = static_cast<size_t>(options.Number("slow"));
  const auto members = static_cast<size_t>(options.Number("members"));
  if (slow >= members) Fail("--slow must be less than --members");
  Target target = TargetOf(options);
  target.rooms = 1;
  EventLoop loop;
  // What the server says of its deliveries may count the slow or not.
  Traffic traffic(loop, std::move(target),
                  {.size = static_cast<size_t>(options.Number("size")),
                   .rate = options.Real("rate"),
                   .check_counts = false},
                  members, static_cast<size_t>(options.Number("parallel")),
                  options.Needed("publish"), slow);
  Report report;
  RunFor(loop, {&traffic}, options.Real("warmup"));
  traffic.BeginInterval();
  Interval before(server);
  RunFor(loop, {&traffic}, options.Real("duration"));
  before.End();
  traffic.AddTo(report, before, "before_");
  Drain(loop, {&traffic});
  const int64_t rss = server.ResidentBytes();

  // Nothing is under way now: no publication waits for those who are about to stop.
  traffic.crowd().StallLast(slow);
  RunFor(loop, {&traffic}, options.Real("warmup"));
  traffic.BeginInterval();
  Interval during(server);
  int64_t most = rss;
  for (double left = options.Real("duration"); left > 0; left -= 0.1) {
    RunFor(loop, {&traffic}, std::min(left, 0.1));
    most = std::max(most, server.ResidentBytes());
  }
  during.End();
  traffic.AddTo(report, during, "slow_");
  during.AddTo(report);
  Drain(loop, {&traffic});
  report.Add("rss_before", static_cast<double>(rss), "bytes");
  report.Add("rss_most", static_cast<double>(most), "bytes");
  report.Add("rss_growth_per_slow",
             static_cast<double>(most - rss) / static_cast<double>(std::max<size_t>(slow, 1)),
             "bytes");
  report.Add("slow", static_cast<double>(slow));
  report.Add("slow_closed", static_cast<double>(ClosedAmongLast(traffic.crowd(), slow)));
  const int code = AddVerdict(report, {&traffic});
  report.Print(options.Has("json"));
  return code;
}

}  // namespace bench
