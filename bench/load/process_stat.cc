#include "bench/load/process_stat.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "bench/net/event_loop.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t Nanos(clockid_t clock) {
  timespec time{};
  Check(::clock_gettime(clock, &time), "clock_gettime of the server");
  return time.tv_sec * kNanosPerSecond + time.tv_nsec;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) Fail("cannot read {}: has the server gone?", path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

ProcessStat::ProcessStat(pid_t pid) : pid_(pid) {
  if (pid_ != 0 && ::clock_getcpuclockid(pid_, &clock_) != 0) Fail("there is no process {}", pid_);
}

int64_t ProcessStat::CpuNanos() const {
  return known() ? Nanos(clock_) : 0;
}

ProcessStat::Ticks ProcessStat::CpuTicks() const {
  if (!known()) return {};
  const std::string text = ReadFile(fmt::format("/proc/{}/stat", pid_));
  // The name is in parentheses and may hold anything; utime is the 12th field behind it.
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  Ticks ticks;
  rest >> ticks.user >> ticks.system;
  return ticks;
}

int64_t ProcessStat::ResidentBytes() const {
  if (!known()) return 0;
  const std::string text = ReadFile(fmt::format("/proc/{}/status", pid_));
  const size_t at = text.find("VmRSS:");
  if (at == std::string::npos) Fail("no VmRSS in /proc/{}/status", pid_);
  constexpr int64_t kBytesPerUnit = 1024;
  return std::strtoll(text.c_str() + at + 6, nullptr, 10) * kBytesPerUnit;
}

void ProcessStat::AwaitRest() const {
  if (!known()) return;
  constexpr useconds_t kProbeMicros = 100'000;
  constexpr int64_t kRestNanos = 2'000'000;
  for (int i = 0; i < 50; ++i) {
    const int64_t before = CpuNanos();
    ::usleep(kProbeMicros);
    if (CpuNanos() - before < kRestNanos) return;
  }
}

int64_t OwnCpuNanos() {
  return Nanos(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace bench
