#include "edge/config/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace edge {
namespace {

// Letters to change, add, leave out, or swap with the next one (optimal string alignment).
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);  // the row above `above`
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = above[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({changed, row[j] + 1, above[j + 1] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) {
        row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> NearestName(std::string_view wanted,
                                       std::span<const std::string> names) {
  constexpr size_t kMaxBytes = 128;
  if (wanted.size() > kMaxBytes) return std::nullopt;
  std::optional<std::string> nearest;
  size_t least = std::max<size_t>(wanted.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    const size_t distance = Distance(wanted, name);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace edge
