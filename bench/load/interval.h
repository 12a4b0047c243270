#pragma once

#include "bench/load/process_stat.h"
#include "bench/load/report.h"

namespace bench {

// A stretch of time, and the CPU that the server and this program used in it.
class Interval {
 public:
  // Begins now.
  explicit Interval(const ProcessStat& server);
  void End();

  double seconds() const { return static_cast<double>(wall_) * 1e-9; }
  // Of the server; 0 when its process is not known.
  double cpu_seconds() const { return static_cast<double>(server_cpu_) * 1e-9; }
  // How much of a core each used, and how much of the server's was in the kernel. A load that
  // comes near 1 is itself the limit of what it measures.
  void AddTo(Report& report) const;

 private:
  const ProcessStat& server_;
  int64_t wall_;
  int64_t server_cpu_;
  int64_t own_cpu_;
  ProcessStat::Ticks ticks_;
};

}  // namespace bench
