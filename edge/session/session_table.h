#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "edge/session/session.h"

namespace edge {

// The sessions of one shard, by slot.
//
// Belongs to the shard. Sessions never move: slots are in chunks. A freed slot is used again with
// the next generation, so that an old handle finds nothing. All O(1). Chunks are kept when sessions
// go, so the memory of the fixed part (sizeof(Session)) follows the highest number there was.
class SessionTable {
 public:
  explicit SessionTable(ShardIndex shard) : shard_(shard) {}

  // A free slot, in state kAdmitting with empty details.
  Session& Add();
  // `session` must be off the wheel and the dirty list.
  void Remove(Session& session);

  Session& At(uint32_t slot) { return (*chunks_[slot / kChunk])[slot % kChunk]; }
  // Null when the handle is stale or another shard's.
  Session* Find(SessionHandle handle);

  size_t size() const { return size_; }
  // Slots ever used: every live session's slot is below.
  uint32_t slot_bound() const { return used_; }

 private:
  static constexpr uint32_t kChunk = 256;
  using Chunk = std::array<Session, kChunk>;

  ShardIndex shard_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<uint32_t> free_;
  uint32_t used_ = 0;
  size_t size_ = 0;
};

}  // namespace edge
