#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "edge/auth/key_set.h"
#include "edge/base/mutex.h"

namespace edge {

// The keys of one issuer, as they were last had. Any thread: shards verify with them, whoever
// fetches replaces them whole.
class IssuerKeys {
 public:
  // `audience`: what its tokens' 'aud' must have; empty: not checked.
  IssuerKeys(std::string issuer, std::string audience)
      : issuer_(std::move(issuer)), audience_(std::move(audience)) {}

  const std::string& issuer() const { return issuer_; }
  const std::string& audience() const { return audience_; }

  // Null: there are none yet, or they are too old.
  std::shared_ptr<const KeySet> current() const {
    const MutexLock lock(mutex_);
    return keys_;
  }
  // Null takes them away.
  void Replace(std::shared_ptr<const KeySet> keys) {
    const MutexLock lock(mutex_);
    keys_.swap(keys);
  }

  // Before anybody verifies: `wake` is called when a token names a kid that is not known, on the
  // thread of whoever verifies, once until TakeWanted. It outlives the verifying.
  void OnUnknownKid(std::function<void()> wake) { wake_ = std::move(wake); }
  // A token named such a kid.
  void WantRefresh() {
    if (!wanted_.exchange(true, std::memory_order_relaxed) && wake_) wake_();
  }
  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }
  void TakeWanted() { wanted_.store(false, std::memory_order_relaxed); }

 private:
  const std::string issuer_;
  const std::string audience_;
  std::function<void()> wake_;
  std::atomic<bool> wanted_ = false;
  mutable Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace edge
