#include "bench/load/interval.h"

#include "bench/net/event_loop.h"

namespace bench {

Interval::Interval(const ProcessStat& server)
    : server_(server),
      wall_(NowNanos()),
      server_cpu_(server.CpuNanos()),
      own_cpu_(OwnCpuNanos()),
      ticks_(server.CpuTicks()) {}

void Interval::End() {
  wall_ = NowNanos() - wall_;
  server_cpu_ = server_.CpuNanos() - server_cpu_;
  own_cpu_ = OwnCpuNanos() - own_cpu_;
  const ProcessStat::Ticks now = server_.CpuTicks();
  ticks_ = {now.user - ticks_.user, now.system - ticks_.system};
}

void Interval::AddTo(Report& report) const {
  report.Add("seconds", seconds(), "s");
  report.Add("load_core_share", static_cast<double>(own_cpu_) / static_cast<double>(wall_));
  if (!server_.known()) return;
  report.Add("server_core_share", static_cast<double>(server_cpu_) / static_cast<double>(wall_));
  const uint64_t ticks = ticks_.user + ticks_.system;
  if (ticks > 0) {
    report.Add("server_kernel_share",
               static_cast<double>(ticks_.system) / static_cast<double>(ticks));
  }
}

}  // namespace bench
