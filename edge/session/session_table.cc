#include "edge/session/session_table.h"

namespace edge {

Session& SessionTable::Add() {
  uint32_t slot = used_;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (used_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<Chunk>());
    ++used_;
  }
  Session& session = At(slot);
  session.slot = slot;
  session.shard = shard_;
  session.timer.slot = slot;
  ++session.generation;
  session.state = SessionState::kAdmitting;
  session.details = std::make_unique<SessionDetails>();
  ++size_;
  return session;
}

void SessionTable::Remove(Session& session) {
  session.outbound.Reset();
  session.transport.reset();
  session.details.reset();
  session.state = SessionState::kFree;
  session.close_queued = session.ping_open = session.peer_closed = session.slow = false;
  session.asking = session.replaying = false;
  session.deflate_bits = 0;
  session.timer_due_millis = session.heard_millis = session.ping_millis = 0;
  session.deadline_millis = 0;
  session.user_next = session.user_prev = Session::kNoSlot;
  free_.push_back(session.slot);
  --size_;
}

Session* SessionTable::Find(SessionHandle handle) {
  if (handle.shard != shard_ || handle.slot >= used_) return nullptr;
  Session& session = At(handle.slot);
  const bool same = session.generation == handle.generation && session.state != SessionState::kFree;
  return same ? &session : nullptr;
}

}  // namespace edge
