#pragma once

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge/base/mutex.h"

namespace control {

// A stream that can be ended by the server.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // The node leaves: no further work is begun, the stream ends with UNAVAILABLE. Any thread.
  virtual void EndForDrain() = 0;
};

// The streams that are open, so that a drain can end them. Any thread.
class StreamRegistry {
 public:
  // A stream that is added after EndAll is ended at once.
  void Add(const std::shared_ptr<OpenStream>& stream);
  void Remove(const OpenStream* stream);
  void EndAll();

 private:
  edge::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<const OpenStream*, std::weak_ptr<OpenStream>> streams_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace control
