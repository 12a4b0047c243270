#include "bench/load/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

std::string Report::ToText() const {
  std::string text;
  for (const Line& line : lines_) {
    text += fmt::format("{}\t{}\t{}\t{}\n", line.name, line.value, line.unit, line.text ? 1 : 0);
  }
  return text;
}

void Report::AddText(std::string_view text) {
  const auto take = [&text](char end) {
    const size_t at = std::min(text.find(end), text.size());
    std::string field(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
    return field;
  };
  while (!text.empty()) {
    Line line{.name = take('\t'), .value = take('\t'), .unit = take('\t'), .text = false};
    line.text = take('\n') == "1";
    lines_.push_back(std::move(line));
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
