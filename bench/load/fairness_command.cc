#include <algorithm>

#include "bench/load/commands.h"
#include "bench/load/side_process.h"
#include "bench/load/traffic.h"

namespace bench {
namespace {

constexpr char kIntro[] =
    "load fairness: a paced room beside one that is flooded. The paced room's latencies, first "
    "alone\n"
    "('quiet_') and then with the flood ('flooded_'). The flood has a process of its own, of the\n"
    "lowest priority, so that what is measured is the server's time and not its own.";

std::vector<OptionSpec> Specs() {
  return Together(TargetOptions(),
                  {{"publish", "HOW", "", kPublisherHelp},
                   {"members", "N", "100", "members of the paced room"},
                   {"rate", "R", "60", "its publications a second"},
                   {"flood-members", "N", "1000", "members of the flooded room"},
                   {"flood-in-flight", "K", "64", "publications under way there"},
                   {"size", "BYTES", "128", "content of a publication: JSON text"},
                   {"duration", "S", "5", "seconds measured, quiet and then flooded"},
                   {"warmup", "S", "1", "seconds before each"},
                   {"parallel", "K", "64", "handshakes at a time while connecting"}});
}

}  // namespace

int RunFairness(int argc, char** argv) {
  const Options options(kIntro, Specs(), argc, argv, 2);
  const ProcessStat server(options.Text("server-pid"));
  const std::string how = options.Needed("publish");
  const auto parallel = static_cast<size_t>(options.Number("parallel"));
  const auto size = static_cast<size_t>(options.Number("size"));
  Target paced_room = TargetOf(options);
  paced_room.rooms = 1;
  Target flooded_room = paced_room;
  flooded_room.room += "-flood";

  SideProcess flood([&](absl::FunctionRef<void()> wait, Report& report) {
    EventLoop loop;
    Traffic traffic(
        loop, std::move(flooded_room),
        {.size = size, .in_flight = static_cast<size_t>(options.Number("flood-in-flight"))},
        static_cast<size_t>(options.Number("flood-members")), parallel, how);
    wait();
    RunFor(loop, {&traffic}, options.Real("warmup"));
    traffic.BeginInterval();
    Interval flooded(server);
    RunFor(loop, {&traffic}, options.Real("duration"));
    flooded.End();
    traffic.AddTo(report, flooded, "flood_");
    Drain(loop, {&traffic});
    return AddVerdict(report, {&traffic}, "flood_");
  });

  EventLoop loop;
  Traffic paced(loop, std::move(paced_room), {.size = size, .rate = options.Real("rate")},
                static_cast<size_t>(options.Number("members")), parallel, how);
  Report report;
  RunFor(loop, {&paced}, options.Real("warmup"));
  paced.BeginInterval();
  Interval quiet(server);
  RunFor(loop, {&paced}, options.Real("duration"));
  quiet.End();
  paced.AddTo(report, quiet, "quiet_");

  flood.Begin();
  RunFor(loop, {&paced}, options.Real("warmup"));
  paced.BeginInterval();
  Interval flooded(server);
  RunFor(loop, {&paced}, options.Real("duration"));
  flooded.End();
  paced.AddTo(report, flooded, "flooded_");
  flooded.AddTo(report);
  Drain(loop, {&paced});
  const int code = AddVerdict(report, {&paced});
  const int flood_code = flood.Finish(report);
  report.Print(options.Has("json"));
  return std::max(code, flood_code);
}

}  // namespace bench
