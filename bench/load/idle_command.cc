#include "bench/load/commands.h"
#include "bench/load/crowd.h"
#include "bench/load/interval.h"
#include "bench/load/report.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

constexpr char kIntro[] =
    "load idle: connections that only stay. The server's VmRSS after the first --warm of them, "
    "which\n"
    "pay for what is allocated once, and after all: the difference, for each of the others. The\n"
    "kernel's slabs likewise, but of the whole machine, and for both ends of a connection. At the "
    "end\n"
    "all leave at once; 'rss_after' is what the server keeps.";

}  // namespace

int RunIdle(int argc, char** argv) {
  const Options options(
      kIntro,
      Together(TargetOptions(),
               {{"connections", "N", "10000", "how many"},
                {"warm", "N", "200", "of them before the first look"},
                {"parallel", "K", "64", "handshakes at a time"},
                {"hold", "S", "2", "seconds they stay; the server's CPU meanwhile"},
                {"after", "S", "0", "seconds from when all have left to the last look"}}),
      argc, argv, 2);
  const auto count = static_cast<size_t>(options.Number("connections"));
  const auto warm = static_cast<size_t>(options.Number("warm"));
  const auto parallel = static_cast<size_t>(options.Number("parallel"));
  const ProcessStat server(options.Text("server-pid"));
  if (count <= warm) Fail("--connections must be more than --warm");
  EventLoop loop;
  Crowd crowd(loop, TargetOf(options));
  const int64_t empty = server.ResidentBytes();
  crowd.Connect(warm, parallel);
  server.AwaitRest();
  const int64_t before = server.ResidentBytes();
  const int64_t slab_before = KernelSlabBytes();
  crowd.Connect(count - warm, parallel);
  server.AwaitRest();
  const int64_t after = server.ResidentBytes();
  const int64_t slab_after = KernelSlabBytes();

  Interval interval(server);
  const int64_t end = NowNanos() + static_cast<int64_t>(options.Real("hold") * 1e9);
  while (NowNanos() < end) loop.Turn(end - NowNanos());
  interval.End();

  const size_t closed = crowd.closed();
  const std::string first_close = crowd.first_close();
  crowd.DropAll();
  const int64_t last_look = NowNanos() + static_cast<int64_t>(options.Real("after") * 1e9);
  while (NowNanos() < last_look) loop.Turn(last_look - NowNanos());
  server.AwaitRest();

  Report report;
  report.Add("descriptor_limit", static_cast<double>(RaiseDescriptorLimit()));
  report.Add("connections", static_cast<double>(count));
  report.Add("rss_empty", static_cast<double>(empty), "bytes");
  report.Add("rss_warm", static_cast<double>(before), "bytes");
  report.Add("rss_full", static_cast<double>(after), "bytes");
  report.Add("rss_per_connection",
             static_cast<double>(after - before) / static_cast<double>(count - warm), "bytes");
  report.Add("kernel_slab_per_pair",
             static_cast<double>(slab_after - slab_before) / static_cast<double>(count - warm),
             "bytes");
  interval.AddTo(report);
  report.Add("rss_after", static_cast<double>(server.ResidentBytes()), "bytes");
  report.Add("closed_by_server", static_cast<double>(closed));
  if (closed > 0) report.Add("first_close", first_close);
  report.Print(options.Has("json"));
  return closed == 0 ? 0 : 1;
}

}  // namespace bench
