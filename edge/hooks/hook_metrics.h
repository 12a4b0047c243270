#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/hooks/hook_call.h"
#include "edge/hooks/hook_gate.h"

namespace edge {

// What becomes of the questions, by hook. Any thread.
class HookMetrics {
 public:
  // Upper bounds of the durations' buckets; what took longer is in the last one, +Inf.
  static constexpr std::array<int64_t, 10> kBucketMicros = {
      500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000};

  void Answered(HookMethod method, int64_t micros);
  void Failed(HookMethod method, HookFailure why, int64_t micros);
  void EventsSent(size_t count);

  // In the Prometheus text format (version 0.0.4), but for what hangs on a service.
  std::string Expose(uint64_t events_lost) const;

 private:
  using Counter = std::atomic<int64_t>;
  static constexpr size_t kOutcomes = 6;
  struct Method {
    std::array<Counter, kOutcomes> ended = {};
    std::array<Counter, kBucketMicros.size() + 1> within = {};  // not cumulative
    Counter micros = 0;
  };
  void Count(HookMethod method, size_t outcome, int64_t micros);
  void ExposeDurations(size_t index, std::string& out) const;

  std::array<Method, kHookMethods> methods_;
  Counter events_sent_ = 0;
};

// The gauges of services: a family's head, and one sample of it.
enum class HookGauge : uint8_t { kOpen, kBreakers, kWorkers };
void AppendHookGaugeHead(HookGauge gauge, std::string& out);
void AppendHookGauge(HookGauge gauge, std::string_view service, int64_t value, std::string& out);

}  // namespace edge
