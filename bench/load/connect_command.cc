#include <algorithm>

#include "bench/load/commands.h"
#include "bench/load/crowd.h"
#include "bench/load/interval.h"
#include "bench/load/report.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr char kIntro[] =
    "load connect: handshakes, from connect() to the complete 101. They are made in batches that "
    "stay\n"
    "until the batch is complete; leaving is not measured.";

}  // namespace

int RunConnect(int argc, char** argv) {
  const Options options(kIntro,
                        Together(TargetOptions(), {{"handshakes", "N", "20000", "how many"},
                                                   {"batch", "N", "5000", "connections at a time"},
                                                   {"parallel", "K", "1", "handshakes at a time"}}),
                        argc, argv, 2);
  const auto count = static_cast<size_t>(options.Number("handshakes"));
  const auto batch = static_cast<size_t>(options.Number("batch"));
  const ProcessStat server(options.Text("server-pid"));
  if (batch == 0 || count == 0) Fail("--handshakes and --batch must be at least 1");
  EventLoop loop;
  double seconds = 0;
  double cpu_seconds = 0;
  for (size_t done = 0; done < count; done += batch) {
    Crowd crowd(loop, TargetOf(options));
    Interval interval(server);
    crowd.Connect(std::min(batch, count - done), static_cast<size_t>(options.Number("parallel")));
    interval.End();
    seconds += interval.seconds();
    cpu_seconds += interval.cpu_seconds();
    crowd.DropAll();
    server.AwaitRest();
  }
  const auto handshakes = static_cast<double>(count);
  Report report;
  report.Add("handshakes", handshakes);
  report.Add("seconds", seconds, "s");
  report.Add("handshakes_per_s", handshakes / seconds);
  if (server.known()) {
    report.Add("server_core_share", cpu_seconds / seconds);
    report.Add("cpu_us_per_handshake", cpu_seconds * 1e6 / handshakes, "us");
  }
  report.Print(options.Has("json"));
  return 0;
}

}  // namespace bench
