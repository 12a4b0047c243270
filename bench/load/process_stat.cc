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

constexpr int64_t kBytesPerUnit = 1024;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) Fail("cannot read {}: has the server gone?", path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

ProcessStat::ProcessStat(std::string_view pids) {
  std::istringstream words{std::string(pids)};
  for (std::string word; std::getline(words, word, ',');) {
    Process process{.pid = std::atoi(word.c_str()), .clock = 0};
    if (process.pid <= 0 || ::clock_getcpuclockid(process.pid, &process.clock) != 0) {
      Fail("there is no process {}", word);
    }
    processes_.push_back(process);
  }
}

int64_t ProcessStat::CpuNanos() const {
  int64_t sum = 0;
  for (const Process& process : processes_) sum += Nanos(process.clock);
  return sum;
}

ProcessStat::Ticks ProcessStat::CpuTicks() const {
  Ticks sum;
  for (const Process& process : processes_) {
    const std::string text = ReadFile(fmt::format("/proc/{}/stat", process.pid));
    // The name is in parentheses and may hold anything; utime is the 12th field behind it.
    std::istringstream rest(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    Ticks ticks;
    rest >> ticks.user >> ticks.system;
    sum = {sum.user + ticks.user, sum.system + ticks.system};
  }
  return sum;
}

int64_t ProcessStat::ResidentBytes() const {
  int64_t sum = 0;
  for (const Process& process : processes_) {
    const std::string text = ReadFile(fmt::format("/proc/{}/status", process.pid));
    const size_t at = text.find("VmRSS:");
    if (at == std::string::npos) Fail("no VmRSS in /proc/{}/status", process.pid);
    sum += std::strtoll(text.c_str() + at + 6, nullptr, 10) * kBytesPerUnit;
  }
  return sum;
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

int64_t KernelSlabBytes() {
  const std::string text = ReadFile("/proc/meminfo");
  const size_t at = text.find("Slab:");
  if (at == std::string::npos) Fail("no Slab in /proc/meminfo");
  return std::strtoll(text.c_str() + at + 5, nullptr, 10) * kBytesPerUnit;
}

int64_t OwnCpuNanos() {
  return Nanos(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace bench
