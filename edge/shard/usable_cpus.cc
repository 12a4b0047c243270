#include "edge/shard/usable_cpus.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace edge {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

long ReadNumber(const char* path) {
  const std::string text = ReadFile(path);
  long value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

size_t QuotaOfCfs(long quota_micros, long period_micros) {
  if (quota_micros <= 0 || period_micros <= 0) return 0;
  return static_cast<size_t>((quota_micros + period_micros - 1) / period_micros);
}

size_t QuotaOfCpuMax(std::string_view cpu_max) {
  long quota = 0;
  long period = 0;
  const char* const end = cpu_max.data() + cpu_max.size();
  const auto [after, error] = std::from_chars(cpu_max.data(), end, quota);
  if (error != std::errc() || after == end) return 0;
  if (std::from_chars(after + 1, end, period).ec != std::errc()) return 0;
  return QuotaOfCfs(quota, period);
}

size_t UsableCpus() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  size_t cpus = 1;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) {
    cpus = static_cast<size_t>(std::max(CPU_COUNT(&mask), 1));
  }
  size_t quota = QuotaOfCpuMax(ReadFile("/sys/fs/cgroup/cpu.max"));
  if (quota == 0) {
    quota = QuotaOfCfs(ReadNumber("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                       ReadNumber("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  }
  return quota == 0 ? cpus : std::min(cpus, quota);
}

}  // namespace edge
