#include "bench/load/report.h"

#include <fmt/format.h>

#include <cmath>

namespace bench {

void Report::Add(std::string_view name, double value, std::string_view unit) {
  constexpr double kFractionIsNoise = 1000;
  const bool whole = value == std::floor(value) || value >= kFractionIsNoise;
  lines_.push_back({std::string(name),
                    whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value),
                    std::string(unit), false});
}

void Report::Add(std::string_view name, std::string_view text) {
  lines_.push_back({std::string(name), std::string(text), "", true});
}

void Report::Add(std::string_view name, const Histogram& histogram) {
  struct {
    const char* name;
    double share;
  } constexpr kShown[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
  for (const auto& [quantile, share] : kShown) {
    Add(fmt::format("{}_{}_us", name, quantile), histogram.Quantile(share), "us");
  }
}

void Report::Print(bool json) const {
  if (!json) {
    for (const Line& line : lines_)
      fmt::print("{:<28} {:>14} {}\n", line.name, line.value, line.unit);
    return;
  }
  std::string out = "{";
  for (const Line& line : lines_) {
    if (out.size() > 1) out += ",";
    // Texts are ours or a server's close reason: what JSON would have to escape is left out.
    std::string value = line.value;
    if (line.text) {
      std::erase_if(value,
                    [](char c) { return c == '"' || c == '\\' || static_cast<uint8_t>(c) < ' '; });
      value = fmt::format("\"{}\"", value);
    }
    out += fmt::format("\"{}\":{}", line.name, value);
  }
  fmt::print("{}}}\n", out);
}

}  // namespace bench
