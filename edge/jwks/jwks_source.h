#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "edge/auth/issuer_keys.h"
#include "edge/auth/jwks.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// Algorithms of `settings`, all asymmetric ones when it names none.
JwksRules RulesOf(const gatehouse::v1::JwksSettings& settings);

// When the key set of one issuer is had again, and what becomes of what was had. Knows no I/O: it
// is told of time and texts. Its owner's thread, but for what reads its counts.
class JwksSource {
 public:
  JwksSource(const gatehouse::v1::JwksSettings& settings, std::shared_ptr<IssuerKeys> keys);

  const gatehouse::v1::JwksSettings& settings() const { return settings_; }
  IssuerKeys& keys() const { return *keys_; }

  // A try begins.
  void Begin(int64_t now_millis);
  // It ended: takes the keys over, or keeps the ones there are and says so in the log, once until
  // it succeeds again.
  void End(const absl::StatusOr<std::string>& text, int64_t now_millis);
  // Nothing has changed since the last try, and that succeeded: the keys are as good as new.
  void Confirm(int64_t now_millis);
  // Takes the keys away when they have been too old for too long.
  void DropStale(int64_t now_millis);
  // When the next try is due; a token with an unknown kid asks for one, but not sooner after the
  // last than retry_interval. Until the first keys have been had, two seconds are waited at most.
  int64_t NextTry() const;
  bool failing() const { return failing_; }

  // ---- Any thread ----

  // Why the first keys have not been had yet; empty: they have.
  std::string Missing() const;
  int64_t fetches() const { return fetches_.load(std::memory_order_relaxed); }
  int64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  // Monotonic milliseconds; -1: never.
  int64_t had_millis() const { return had_millis_.load(std::memory_order_relaxed); }

 private:
  void Fail(const absl::Status& why, int64_t now);
  void LogSkipped(const Jwks& set);

  const gatehouse::v1::JwksSettings settings_;
  const JwksRules rules_;
  const std::shared_ptr<IssuerKeys> keys_;
  bool failing_ = false;
  bool dropped_ = false;
  int64_t tried_millis_ = 0;
  std::string skipped_;  // what was said of it last
  std::atomic<int64_t> fetches_ = 0;
  std::atomic<int64_t> failures_ = 0;
  std::atomic<int64_t> had_millis_ = -1;
};

}  // namespace edge
