#pragma once

#include <sys/types.h>

#include "absl/functional/function_ref.h"
#include "bench/load/report.h"

namespace bench {

// A part of a measurement in a process of its own, of the lowest priority, so that on a shared core
// its reading does not stand in the way of what this process measures.
class SideProcess {
 public:
  // What the process runs: it sets itself up, calls `wait` until it is to begin, and fills the
  // report. Its result is the exit code.
  using Work = absl::FunctionRef<int(absl::FunctionRef<void()> wait, Report& report)>;

  // Forks, and returns when the work waits. Before anything here starts a thread. A process that
  // fails ends the tool.
  explicit SideProcess(Work work);
  ~SideProcess();
  SideProcess(const SideProcess&) = delete;
  SideProcess& operator=(const SideProcess&) = delete;

  void Begin();
  // Waits for the end, adds what the process reported, and returns its exit code.
  int Finish(Report& report);

 private:
  pid_t pid_;
  int go_fd_;
  int result_fd_;
};

}  // namespace bench
