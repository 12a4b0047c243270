#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace edge {

// CPUs this process may use: its affinity mask, lowered to the least quota (rounded up) of its
// cgroup and those above it. At least 1.
size_t UsableCpus();

// The path of the cgroup v2 that /proc/self/cgroup names ("0::/system.slice/a.service"), without a
// slash at its end; empty for the root and where there is none.
std::string PathOfCgroupV2(std::string_view proc_self_cgroup);

// The quota in CPUs that cgroup v2's cpu.max ("200000 100000", "max 100000") says, rounded up; 0
// for none or what cannot be read.
size_t QuotaOfCpuMax(std::string_view cpu_max);
// The same of cgroup v1's cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us.
size_t QuotaOfCfs(long quota_micros, long period_micros);

}  // namespace edge
