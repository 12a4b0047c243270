#include "edge/presence/presence_feed.h"

#include <algorithm>

namespace edge {

void PresenceFeed::Watch(uint64_t watch, std::shared_ptr<PresenceSink> sink) {
  sinks_.push_back({watch, std::move(sink)});
}

bool PresenceFeed::Unwatch(uint64_t watch) {
  return std::erase_if(sinks_, [&](const Watcher& w) { return w.watch == watch; }) > 0;
}

void PresenceFeed::Publish(PresenceDelta delta) {
  delta.sequence = ++sequence_;
  std::erase_if(sinks_, [&](const Watcher& w) { return !w.sink->OnDelta(delta); });
}

}  // namespace edge
