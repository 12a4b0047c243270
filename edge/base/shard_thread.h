#pragma once

#include "absl/base/thread_annotations.h"

namespace edge {

// The capability "on the shard's thread". One name for all shards, because clang compares
// capabilities by expression: with a reference in every class, `rooms_.affinity_` and `affinity_`
// would be different locks to it. Builds with assertions also check the thread itself.
class ABSL_LOCKABLE ShardThread {
 public:
  // Every way in from outside (mailbox task, completion handler, timer) begins with this. Aborts
  // off a shard's thread when assertions are on.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK();
};
inline constexpr ShardThread kOnShard;

// Marks the calling thread as a shard's for the life of this object: the shard's loop has one, and
// so does a test that drives shard state from its own thread.
class ABSL_SCOPED_LOCKABLE ScopedShardThread {
 public:
  ScopedShardThread() ABSL_EXCLUSIVE_LOCK_FUNCTION(kOnShard);
  ~ScopedShardThread() ABSL_UNLOCK_FUNCTION();
  ScopedShardThread(const ScopedShardThread&) = delete;
  ScopedShardThread& operator=(const ScopedShardThread&) = delete;
};

}  // namespace edge
