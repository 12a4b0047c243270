#include "edge/metrics/call_metrics.h"

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
  GATEHOUSE_CALL_METRICS(GATEHOUSE_DECLARE)
#undef GATEHOUSE_DECLARE
};
constexpr Families kFamilies;

// By gRPC's numbers.
constexpr std::array<std::string_view, CallMetrics::kCodes> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr double kMicrosPerSecond = 1e6;

size_t IndexOf(int code) {
  constexpr size_t kUnknown = 2;
  const auto index = static_cast<size_t>(code);
  return index < CallMetrics::kCodes ? index : kUnknown;
}

void AddOne(std::atomic<int64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

void AppendHead(const Family& family, std::string& out) {
  AppendMetricHead(family.name, family.help, family.type, out);
}

template <typename... Arguments>
void Append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

}  // namespace

CallMetrics::CallMetrics(std::span<const std::string_view> methods, size_t first_stream)
    : names_(methods),
      first_stream_(first_stream),
      methods_(std::make_unique<Method[]>(methods.size())) {}

void CallMetrics::CallEnded(size_t method, int code, int64_t micros) {
  Method& counts = methods_[method];
  AddOne(counts.ended[IndexOf(code)]);
  const auto bucket = std::ranges::lower_bound(kBucketMicros, micros) - kBucketMicros.begin();
  AddOne(counts.within[static_cast<size_t>(bucket)]);
  counts.micros.fetch_add(micros, std::memory_order_relaxed);
}

void CallMetrics::StreamBegan(size_t method) {
  AddOne(methods_[method].open);
}

void CallMetrics::StreamEnded(size_t method, int code) {
  AddOne(methods_[method].ended[IndexOf(code)]);
  methods_[method].open.fetch_sub(1, std::memory_order_relaxed);
}

void CallMetrics::MessageDone(size_t method, int code) {
  AddOne(methods_[method].messages[IndexOf(code)]);
}

void CallMetrics::ExposeCodes(std::string_view name, size_t method,
                              const std::array<Counter, kCodes>& counters, std::string& out) const {
  for (size_t code = 0; code < kCodes; ++code) {
    const int64_t count = counters[code].load(std::memory_order_relaxed);
    if (count == 0 && code != 0) continue;
    Append(out, "{}{{method=\"{}\",code=\"{}\"}} {}\n", name, names_[method], kCodeNames[code],
           count);
  }
}

void CallMetrics::ExposeDurations(size_t method, std::string& out) const {
  const Method& counts = methods_[method];
  const std::string_view name = kFamilies.durations.name;
  int64_t sum = 0;
  for (size_t bucket = 0; bucket < counts.within.size(); ++bucket) {
    sum += counts.within[bucket].load(std::memory_order_relaxed);
    const std::string bound =
        bucket < kBucketMicros.size()
            ? fmt::format("{}", static_cast<double>(kBucketMicros[bucket]) / kMicrosPerSecond)
            : "+Inf";
    Append(out, "{}_bucket{{method=\"{}\",le=\"{}\"}} {}\n", name, names_[method], bound, sum);
  }
  const auto micros = static_cast<double>(counts.micros.load(std::memory_order_relaxed));
  Append(out, "{}_sum{{method=\"{}\"}} {}\n", name, names_[method], micros / kMicrosPerSecond);
  // Not of the codes: they may be one call ahead, and a histogram must agree with itself.
  Append(out, "{}_count{{method=\"{}\"}} {}\n", name, names_[method], sum);
}

std::string CallMetrics::Expose() const {
  std::string out;
  AppendHead(kFamilies.calls, out);
  for (size_t i = 0; i < names_.size(); ++i) {
    ExposeCodes(kFamilies.calls.name, i, methods_[i].ended, out);
  }
  AppendHead(kFamilies.durations, out);
  for (size_t i = 0; i < first_stream_; ++i) ExposeDurations(i, out);
  AppendHead(kFamilies.streams, out);
  for (size_t i = first_stream_; i < names_.size(); ++i) {
    Append(out, "{}{{method=\"{}\"}} {}\n", kFamilies.streams.name, names_[i],
           methods_[i].open.load(std::memory_order_relaxed));
  }
  AppendHead(kFamilies.messages, out);
  for (size_t i = first_stream_; i < names_.size(); ++i) {
    ExposeCodes(kFamilies.messages.name, i, methods_[i].messages, out);
  }
  return out;
}

}  // namespace edge
