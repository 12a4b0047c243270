#include "edge/base/shard_thread.h"

#include "edge/base/check.h"

namespace edge {
namespace {

thread_local int shard_depth = 0;

}  // namespace

void ShardThread::AssertHeld() const {
#ifndef NDEBUG
  GATEHOUSE_CHECK(shard_depth > 0, "shard state touched off a shard's thread");
#endif
}

ScopedShardThread::ScopedShardThread() {
  ++shard_depth;
}
ScopedShardThread::~ScopedShardThread() {
  --shard_depth;
}

}  // namespace edge
