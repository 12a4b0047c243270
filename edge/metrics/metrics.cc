#include "edge/metrics/metrics.h"

#include <fmt/format.h>

#include <iterator>

namespace edge {
namespace {

// A HELP text ends with its line: a line end and the backslash are escaped.
std::string EscapeHelp(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void AppendMetricHead(std::string_view name, std::string_view help, std::string_view type,
                      std::string& out) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, EscapeHelp(help),
                 name, type);
}

void AppendMetric(std::string_view name, std::string_view help, std::string_view type, double value,
                  std::string& out) {
  AppendMetricHead(name, help, type, out);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

std::string ExposeMetrics(std::span<const ShardMetrics* const> shards) {
  std::string out;
  const auto sum = [&](ShardMetric ShardMetrics::*member) {
    int64_t total = 0;
    for (const ShardMetrics* shard : shards) total += (shard->*member).value();
    return static_cast<double>(total);
  };
#define GATEHOUSE_EXPOSE_COUNTER(member, name, help) \
  AppendMetric(name, help, "counter", sum(&ShardMetrics::member), out);
#define GATEHOUSE_EXPOSE_GAUGE(member, name, help) \
  AppendMetric(name, help, "gauge", sum(&ShardMetrics::member), out);
  GATEHOUSE_COUNTERS(GATEHOUSE_EXPOSE_COUNTER)
  GATEHOUSE_GAUGES(GATEHOUSE_EXPOSE_GAUGE)
#undef GATEHOUSE_EXPOSE_COUNTER
#undef GATEHOUSE_EXPOSE_GAUGE
  return out;
}

}  // namespace edge
