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

// 0: none. A service's own cgroup carries the quota, and so may its slice; in a container the root
// that the process sees is its own.
size_t QuotaOfCgroups() {
  size_t least = 0;
  std::string path = PathOfCgroupV2(ReadFile("/proc/self/cgroup"));
  while (true) {
    const size_t quota = QuotaOfCpuMax(ReadFile(("/sys/fs/cgroup" + path + "/cpu.max").c_str()));
    if (quota != 0) least = least == 0 ? quota : std::min(least, quota);
    if (path.empty()) return least;
    path.erase(path.rfind('/'));
  }
}

}  // namespace

std::string PathOfCgroupV2(std::string_view proc_self_cgroup) {
  while (!proc_self_cgroup.empty()) {
    const size_t end = std::min(proc_self_cgroup.find('\n'), proc_self_cgroup.size());
    std::string_view line = proc_self_cgroup.substr(0, end);
    proc_self_cgroup.remove_prefix(std::min(end + 1, proc_self_cgroup.size()));
    if (!line.starts_with("0::/")) continue;
    line.remove_prefix(3);
    while (line.ends_with('/')) line.remove_suffix(1);
    return std::string(line);
  }
  return {};
}

size_t QuotaOfCfs(long quota_micros, long period_micros) {
  if (quota_micros <= 0 || period_micros <= 0) return 0;
  return static_cast<size_t>((quota_micros - 1) / period_micros + 1);
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
  size_t quota = QuotaOfCgroups();
  if (quota == 0) {
    quota = QuotaOfCfs(ReadNumber("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                       ReadNumber("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  }
  return quota == 0 ? cpus : std::min(cpus, quota);
}

}  // namespace edge
