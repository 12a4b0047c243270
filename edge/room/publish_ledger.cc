#include "edge/room/publish_ledger.h"

#include <utility>

namespace edge {
namespace {

// A key in the map and in the queue, without its text.
constexpr size_t kBytesOfKey = 120;

}  // namespace

std::optional<RoomPosition> PublishLedger::FindEarlier(const PublishRules& rules,
                                                       int64_t now_unix_millis) {
  Expire(now_unix_millis);
  if (!rules.idempotency_key.empty()) {
    const auto found = by_key_.find(rules.idempotency_key);
    if (found != by_key_.end()) return found->second;
  }
  if (rules.version != 0 && version_ != 0 && rules.version_epoch == version_epoch_ &&
      rules.version <= version_) {
    return version_position_;
  }
  return std::nullopt;
}

void PublishLedger::Record(const PublishRules& rules, RoomPosition position,
                           int64_t now_unix_millis) {
  const int64_t until = now_unix_millis + kIdempotencyMillis;
  if (!rules.idempotency_key.empty() && by_key_.emplace(rules.idempotency_key, position).second) {
    if (order_.size() == kMostKeys) DropOldestKey();
    bytes_ += kBytesOfKey + 2 * rules.idempotency_key.size();
    order_.push_back({rules.idempotency_key, until});
  }
  if (rules.version != 0) {
    version_ = rules.version;
    version_epoch_ = rules.version_epoch;
    version_position_ = position;
  }
}

void PublishLedger::Expire(int64_t now_unix_millis) {
  while (!order_.empty() && order_.front().until_unix_millis <= now_unix_millis) DropOldestKey();
}

void PublishLedger::DropOldestKey() {
  const Key oldest = std::move(order_.front());
  order_.pop_front();
  by_key_.erase(oldest.text);
  bytes_ -= kBytesOfKey + 2 * oldest.text.size();
}

}  // namespace edge
