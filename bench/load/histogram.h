#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

// Counts of durations, to about 3 % of each (32 buckets for each power of two). Any size.
class Histogram {
 public:
  void Add(int64_t nanos) { ++buckets_[BucketOf(nanos < 0 ? 0 : static_cast<uint64_t>(nanos))]; }
  void Add(const Histogram& other);
  void Reset() { buckets_.fill(0); }

  uint64_t count() const;
  // In microseconds: what `share` (0 to 1) of the durations do not exceed.
  double Quantile(double share) const;

 private:
  static constexpr int kBits = 5;
  static size_t BucketOf(uint64_t nanos) {
    if (nanos < (1U << kBits)) return nanos;
    const int shift = std::bit_width(nanos) - 1 - kBits;
    return (static_cast<size_t>(shift + 1) << kBits) + ((nanos >> shift) & ((1U << kBits) - 1));
  }
  static double UpperEdge(size_t bucket);

  std::array<uint64_t, (64 - kBits + 1) << kBits> buckets_{};
};

}  // namespace bench
