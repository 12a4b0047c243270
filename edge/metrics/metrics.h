#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "edge/metrics/metric_list.h"

namespace edge {

// A number that one thread writes and any thread reads. Adding is a plain add, no locked
// instruction: each shard has its own.
class ShardMetric {
 public:
  void Add(int64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// The metrics of one shard, written by its thread only. On lines of its own.
struct alignas(64) ShardMetrics {
#define GATEHOUSE_DECLARE(member, name, help) ShardMetric member;
  GATEHOUSE_COUNTERS(GATEHOUSE_DECLARE)
  GATEHOUSE_GAUGES(GATEHOUSE_DECLARE)
#undef GATEHOUSE_DECLARE
};

// Appends the HELP and TYPE lines of a metric in the Prometheus text format.
void AppendMetricHead(std::string_view name, std::string_view help, std::string_view type,
                      std::string& out);

// Appends one sample, with its HELP and TYPE lines, in the Prometheus text format.
void AppendMetric(std::string_view name, std::string_view help, std::string_view type, double value,
                  std::string& out);

// All shards' metrics, summed, in the Prometheus text format (version 0.0.4). Any thread.
std::string ExposeMetrics(std::span<const ShardMetrics* const> shards);

}  // namespace edge
