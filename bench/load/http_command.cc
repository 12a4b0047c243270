#include "bench/load/commands.h"
#include "bench/load/http_clients.h"
#include "bench/load/interval.h"
#include "bench/load/report.h"
#include "bench/net/fail.h"
#include "bench/net/options.h"

namespace bench {
namespace {

constexpr char kHttpIntro[] =
    "load http: GET /bytes/SIZE over and over on connections that are kept, one request each at a "
    "time.\n"
    "Without --rate and --share each asks again as soon as it is answered. --share S finds out in "
    "the\n"
    "warm-up how many requests a CPU-second of the server is good for, and then sends S of that a "
    "second,\n"
    "so that servers are compared with the same part of their core in use.";
constexpr char kIdleIntro[] =
    "load http-idle: connections that asked once and are kept. The server's VmRSS after the first "
    "--warm\n"
    "of them, which pay for what is allocated once, and after all: the difference, for each of the "
    "others.";

int64_t After(double seconds) {
  return NowNanos() + static_cast<int64_t>(seconds * 1e9);
}

// How many requests a second --share is.
double RateOf(const Options& options, HttpClients& clients, const ProcessStat& server) {
  if (!server.known()) Fail("--share needs --server-pid");
  Interval interval(server);
  clients.Reset();
  clients.AskWithoutPause(After(options.Real("warmup")));
  interval.End();
  if (interval.cpu_seconds() <= 0) Fail("--warmup is too short for --share");
  clients.Rest();
  return options.Real("share") * static_cast<double>(clients.answered()) / interval.cpu_seconds();
}

void AddTo(Report& report, const HttpClients& clients, const Interval& interval, double rate) {
  const auto answered = static_cast<double>(clients.answered());
  const auto bytes = static_cast<double>(clients.bytes());
  report.Add("requests", answered);
  report.Add("requests_per_s", answered / interval.seconds());
  if (rate > 0) report.Add("rate", rate, "a second");
  if (interval.cpu_seconds() > 0) {
    report.Add("requests_per_cpu_s", answered / interval.cpu_seconds());
    report.Add("bytes_per_cpu_s", bytes / interval.cpu_seconds(), "bytes");
  }
  report.Add("answer", clients.latency());
  interval.AddTo(report);
}

}  // namespace

int RunHttp(int argc, char** argv) {
  const Options options(kHttpIntro,
                        {{"server", "IP:PORT", "", "where clients connect"},
                         {"size", "BYTES", "1024", "of each answer"},
                         {"connections", "N", "64", "clients"},
                         {"rate", "R", "0", "requests a second, whatever becomes of them"},
                         {"share", "S", "0", "requests a second: this part of what a core does"},
                         {"warmup", "S", "1", "seconds before the measurement"},
                         {"duration", "S", "3", "seconds of the measurement"},
                         {"server-pid", "PID,PID", "", "the processes whose CPU is read"},
                         {"json", "", "", "print JSON instead of a table"}},
                        argc, argv, 2);
  const ProcessStat server(options.Text("server-pid"));
  EventLoop loop;
  HttpClients clients(loop, options.Needed("server"),
                      static_cast<uint64_t>(options.Number("size")));
  const auto connections = static_cast<size_t>(options.Number("connections"));
  if (connections == 0) Fail("--connections must be at least 1");
  clients.Connect(connections, connections);
  double rate = options.Real("rate");
  if (options.Real("share") > 0) {
    rate = RateOf(options, clients, server);
    clients.AskAtRate(rate, After(options.Real("warmup")));
  } else if (rate > 0) {
    clients.AskAtRate(rate, After(options.Real("warmup")));
  } else {
    clients.AskWithoutPause(After(options.Real("warmup")));
  }
  clients.Reset();
  Interval interval(server);
  if (rate > 0) {
    clients.AskAtRate(rate, After(options.Real("duration")));
  } else {
    clients.AskWithoutPause(After(options.Real("duration")));
  }
  interval.End();
  Report report;
  AddTo(report, clients, interval, rate);
  report.Print(options.Has("json"));
  return 0;
}

int RunHttpIdle(int argc, char** argv) {
  const Options options(kIdleIntro,
                        {{"server", "IP:PORT", "", "where clients connect"},
                         {"size", "BYTES", "1024", "of each answer"},
                         {"connections", "N", "10000", "how many"},
                         {"warm", "N", "200", "of them before the first look"},
                         {"parallel", "K", "64", "that ask at a time"},
                         {"server-pid", "PID,PID", "", "the processes whose memory is read"},
                         {"json", "", "", "print JSON instead of a table"}},
                        argc, argv, 2);
  const auto count = static_cast<size_t>(options.Number("connections"));
  const auto warm = static_cast<size_t>(options.Number("warm"));
  const auto parallel = static_cast<size_t>(options.Number("parallel"));
  if (parallel == 0) Fail("--parallel must be at least 1");
  if (count <= warm) Fail("--connections must be more than --warm");
  const ProcessStat server(options.Text("server-pid"));
  EventLoop loop;
  HttpClients clients(loop, options.Needed("server"),
                      static_cast<uint64_t>(options.Number("size")));
  clients.Connect(warm, parallel);
  server.AwaitRest();
  const int64_t before = server.ResidentBytes();
  clients.Connect(count - warm, parallel);
  server.AwaitRest();
  const int64_t after = server.ResidentBytes();
  // All are still there, and used again.
  clients.Reset();
  clients.AskEach(parallel);
  Report report;
  report.Add("connections", static_cast<double>(count));
  report.Add("rss_warm", static_cast<double>(before), "bytes");
  report.Add("rss_full", static_cast<double>(after), "bytes");
  report.Add("rss_per_connection",
             static_cast<double>(after - before) / static_cast<double>(count - warm), "bytes");
  report.Add("answered_again", static_cast<double>(clients.answered()));
  report.Print(options.Has("json"));
  return 0;
}

}  // namespace bench
