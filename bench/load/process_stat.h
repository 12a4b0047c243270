#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string_view>
#include <vector>

namespace bench {

// Reads what a server has used: the sum over its processes.
class ProcessStat {
 public:
  // "PID" or "PID,PID". Empty: no process is known, and everything is 0.
  explicit ProcessStat(std::string_view pids);

  bool known() const { return !processes_.empty(); }
  // User and system time of all their threads: a process's CPU clock, which is what
  // /proc/PID/stat's utime + stime are made from, but in nanoseconds instead of hundredths.
  int64_t CpuNanos() const;
  // Share of system time in /proc/PID/stat since the processes began, and so between two calls.
  struct Ticks {
    uint64_t user = 0;
    uint64_t system = 0;
  };
  Ticks CpuTicks() const;
  // VmRSS of /proc/PID/status. What processes share is counted for each.
  int64_t ResidentBytes() const;
  // Waits until they are at rest (at most a few seconds): under 2 % of a core.
  void AwaitRest() const;

 private:
  struct Process {
    pid_t pid;
    clockid_t clock;
  };
  std::vector<Process> processes_;
};

// The kernel's slabs, where sockets live: of the whole machine, both ends of every connection.
int64_t KernelSlabBytes();
// The caller's own process.
int64_t OwnCpuNanos();

}  // namespace bench
