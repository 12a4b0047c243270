#include "edge/hooks/hook_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "edge/metrics/metric_list.h"
#include "edge/metrics/metrics.h"

namespace edge {
namespace {

struct Family {
  std::string_view type;
  std::string_view name;
  std::string_view help;
};
struct Families {
#define GATEHOUSE_DECLARE(member, type, name, help) Family member = {type, name, help};
  GATEHOUSE_HOOK_METRICS(GATEHOUSE_DECLARE)
#undef GATEHOUSE_DECLARE
};
constexpr Families kFamilies;

// The answer, then HookFailure's.
constexpr std::array<std::string_view, 6> kOutcomeNames = {"answered",  "overloaded", "no_endpoint",
                                                           "timed_out", "unreached",  "bad_answer"};
constexpr double kMicrosPerSecond = 1e6;

void AppendHead(const Family& family, std::string& out) {
  AppendMetricHead(family.name, family.help, family.type, out);
}

template <typename... Arguments>
void Append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

const Family& FamilyOf(HookGauge gauge) {
  switch (gauge) {
    case HookGauge::kOpen:
      return kFamilies.open;
    case HookGauge::kBreakers:
      return kFamilies.breakers;
    case HookGauge::kWorkers:
      break;
  }
  return kFamilies.workers;
}

}  // namespace

void HookMetrics::Count(HookMethod method, size_t outcome, int64_t micros) {
  Method& counts = methods_[static_cast<size_t>(method)];
  counts.ended[outcome].fetch_add(1, std::memory_order_relaxed);
  const auto bucket = std::ranges::lower_bound(kBucketMicros, micros) - kBucketMicros.begin();
  counts.within[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  counts.micros.fetch_add(micros, std::memory_order_relaxed);
}

void HookMetrics::Answered(HookMethod method, int64_t micros) {
  Count(method, 0, micros);
}

void HookMetrics::Failed(HookMethod method, HookFailure why, int64_t micros) {
  Count(method, 1 + static_cast<size_t>(why), micros);
}

void HookMetrics::EventsSent(size_t count) {
  events_sent_.fetch_add(static_cast<int64_t>(count), std::memory_order_relaxed);
}

void HookMetrics::ExposeDurations(size_t index, std::string& out) const {
  const Method& counts = methods_[index];
  const std::string_view hook = HookMethodName(static_cast<HookMethod>(index));
  const std::string_view name = kFamilies.durations.name;
  int64_t sum = 0;
  for (size_t bucket = 0; bucket < counts.within.size(); ++bucket) {
    sum += counts.within[bucket].load(std::memory_order_relaxed);
    const std::string bound =
        bucket < kBucketMicros.size()
            ? fmt::format("{}", static_cast<double>(kBucketMicros[bucket]) / kMicrosPerSecond)
            : "+Inf";
    Append(out, "{}_bucket{{hook=\"{}\",le=\"{}\"}} {}\n", name, hook, bound, sum);
  }
  const auto micros = static_cast<double>(counts.micros.load(std::memory_order_relaxed));
  Append(out, "{}_sum{{hook=\"{}\"}} {}\n", name, hook, micros / kMicrosPerSecond);
  Append(out, "{}_count{{hook=\"{}\"}} {}\n", name, hook, sum);
}

std::string HookMetrics::Expose(uint64_t events_lost) const {
  std::string out;
  AppendHead(kFamilies.calls, out);
  for (size_t i = 0; i < kHookMethods; ++i) {
    for (size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      Append(out, "{}{{hook=\"{}\",outcome=\"{}\"}} {}\n", kFamilies.calls.name,
             HookMethodName(static_cast<HookMethod>(i)), kOutcomeNames[outcome],
             methods_[i].ended[outcome].load(std::memory_order_relaxed));
    }
  }
  AppendHead(kFamilies.durations, out);
  for (size_t i = 0; i < kHookMethods; ++i) ExposeDurations(i, out);
  const auto single = [&](const Family& family, double value) {
    AppendMetric(family.name, family.help, family.type, value, out);
  };
  single(kFamilies.events_sent, static_cast<double>(events_sent_.load(std::memory_order_relaxed)));
  single(kFamilies.events_lost, static_cast<double>(events_lost));
  return out;
}

void AppendHookGaugeHead(HookGauge gauge, std::string& out) {
  AppendHead(FamilyOf(gauge), out);
}

void AppendHookGauge(HookGauge gauge, std::string_view service, int64_t value, std::string& out) {
  Append(out, "{}{{service=\"{}\"}} {}\n", FamilyOf(gauge).name, service, value);
}

}  // namespace edge
