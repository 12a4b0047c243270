#include "bench/load/histogram.h"

#include <cmath>

namespace bench {

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
}

uint64_t Histogram::count() const {
  uint64_t sum = 0;
  for (const uint64_t bucket : buckets_) sum += bucket;
  return sum;
}

double Histogram::UpperEdge(size_t bucket) {
  const size_t octave = bucket >> kBits;
  const double within = static_cast<double>(bucket & ((1U << kBits) - 1)) + 1;
  if (octave == 0) return within;
  return std::ldexp((1U << kBits) + within, static_cast<int>(octave) - 1);
}

double Histogram::Quantile(double share) const {
  const double goal = share * static_cast<double>(count());
  double seen = 0;
  constexpr double kNanosPerMicro = 1000;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += static_cast<double>(buckets_[i]);
    if (seen > 0 && seen >= goal) return UpperEdge(i) / kNanosPerMicro;
  }
  return 0;
}

}  // namespace bench
