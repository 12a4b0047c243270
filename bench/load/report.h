#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/histogram.h"

namespace bench {

// What a command has measured: printed as a table, or as one JSON object.
class Report {
 public:
  void Add(std::string_view name, double value, std::string_view unit = "");
  void Add(std::string_view name, std::string_view text);
  // NAME_p50_us to NAME_max_us.
  void Add(std::string_view name, const Histogram& histogram);
  void Print(bool json) const;

  // All lines as text, and such a text's lines added here: between processes.
  std::string ToText() const;
  void AddText(std::string_view text);

 private:
  struct Line {
    std::string name;
    std::string value;
    std::string unit;
    bool text;
  };
  std::vector<Line> lines_;
};

}  // namespace bench
