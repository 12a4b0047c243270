#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

// Reads what a process has used. A pid of 0: no process is known, and everything is 0.
class ProcessStat {
 public:
  explicit ProcessStat(pid_t pid);

  bool known() const { return pid_ != 0; }
  // User and system time of all its threads: the process's CPU clock, which is what
  // /proc/PID/stat's utime + stime are made from, but in nanoseconds instead of hundredths.
  int64_t CpuNanos() const;
  // Share of system time in /proc/PID/stat since the process began, and so between two calls.
  struct Ticks {
    uint64_t user = 0;
    uint64_t system = 0;
  };
  Ticks CpuTicks() const;
  // VmRSS of /proc/PID/status.
  int64_t ResidentBytes() const;
  // Waits until the process is at rest (at most a few seconds): under 2 % of a core.
  void AwaitRest() const;

 private:
  const pid_t pid_;
  clockid_t clock_ = 0;
};

// The caller's own process.
int64_t OwnCpuNanos();

}  // namespace bench
