#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace edge {

// What becomes of the calls of an RPC service, by method and status code.
//
// Any thread. A call is counted by a few relaxed additions at places that its method's index gives:
// no lock, no allocation, no look-up.
class CallMetrics {
 public:
  // The codes of gRPC, OK to UNAUTHENTICATED; any other counts as UNKNOWN.
  static constexpr size_t kCodes = 17;
  // Upper bounds of the durations' buckets; what took longer is in the last one, +Inf.
  static constexpr std::array<int64_t, 11> kBucketMicros = {
      100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 250'000, 1'000'000};

  // The methods' names, those of streams from the index `first_stream` on. What they point at
  // outlives this object.
  CallMetrics(std::span<const std::string_view> methods, size_t first_stream);

  // A unary call was answered, `micros` after it came.
  void CallEnded(size_t method, int code, int64_t micros);
  void StreamBegan(size_t method);
  void StreamEnded(size_t method, int code);
  // A message of a stream was dealt with.
  void MessageDone(size_t method, int code);

  // In the Prometheus text format (version 0.0.4). A code that a method has never ended with is
  // left out, but for OK.
  std::string Expose() const;

 private:
  using Counter = std::atomic<int64_t>;
  struct alignas(64) Method {
    std::array<Counter, kCodes> ended = {};
    std::array<Counter, kBucketMicros.size() + 1> within = {};  // not cumulative
    Counter micros = 0;
    Counter open = 0;
    std::array<Counter, kCodes> messages = {};
  };

  void ExposeCodes(std::string_view name, size_t method,
                   const std::array<Counter, kCodes>& counters, std::string& out) const;
  void ExposeDurations(size_t method, std::string& out) const;

  const std::span<const std::string_view> names_;
  const size_t first_stream_;
  const std::unique_ptr<Method[]> methods_;
};

}  // namespace edge
