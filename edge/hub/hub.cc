#include "edge/hub/hub.h"

#include "edge/base/log.h"
#include "edge/base/random.h"

namespace edge {

Hub::Hub(const HubContext& context, Shard& shard, ShardMetrics& metrics)
    : context_(context),
      shard_(shard),
      metrics_(metrics),
      sessions_(shard.index()),
      random_(SecureRandom64()),
      member_(*this),
      home_(*this),
      commands_(*this) {}

void Hub::Clear() {
  const ScopedShardThread on_shard;
  for (uint32_t slot = 0; slot < sessions_.slot_bound(); ++slot) {
    Session& session = sessions_.At(slot);
    if (session.state != SessionState::kFree) {
      shard_.wheel().Cancel(session.timer);
      sessions_.Remove(session);
    }
  }
}

Session* Hub::Find(SessionHandle handle) {
  Session* const session = sessions_.Find(handle);
  return session != nullptr && session->live() ? session : nullptr;
}

Session* Hub::FindConnection(const ConnectionId& id) {
  const bool ours = id.node == context_.node_id && id.nonce == context_.node_nonce;
  return ours ? Find(id.handle()) : nullptr;
}

ConnectionId Hub::IdOf(const Session& session) const {
  return ConnectionId::Of(context_.node_id, context_.node_nonce, session.handle());
}

void Hub::ForEachOfUser(std::string_view user, absl::FunctionRef<void(Session&)> visit) {
  const auto found = users_.find(user);
  if (found == users_.end()) return;
  // Slots first: `visit` may close a session and so change the ring.
  std::vector<uint32_t> slots;
  uint32_t slot = found->second;
  do {
    slots.push_back(slot);
    slot = sessions_.At(slot).user_next;
  } while (slot != found->second);
  for (const uint32_t each : slots) {
    Session& session = sessions_.At(each);
    if (session.live()) visit(session);
  }
}

void Hub::LinkUser(Session& session) {
  const auto [entry, added] = users_.try_emplace(session.user(), session.slot);
  if (added) {
    session.user_next = session.user_prev = session.slot;
    metrics_.users.Add(1);
    return;
  }
  Session& first = sessions_.At(entry->second);
  Session& last = sessions_.At(first.user_prev);
  session.user_next = first.slot;
  session.user_prev = last.slot;
  last.user_next = session.slot;
  first.user_prev = session.slot;
}

void Hub::UnlinkUser(Session& session) {
  if (session.user_next == Session::kNoSlot) return;
  const auto found = users_.find(session.user());
  if (session.user_next == session.slot) {
    users_.erase(found);
    metrics_.users.Add(-1);
  } else {
    sessions_.At(session.user_prev).user_next = session.user_next;
    sessions_.At(session.user_next).user_prev = session.user_prev;
    if (found->second == session.slot) found->second = session.user_next;
  }
  session.user_next = session.user_prev = Session::kNoSlot;
}

void Hub::Reply(Session& session, const ClientReply& reply) {
  const LocalFramePtr frame = Localize(session.details->protocol->EncodeReply(reply));
  Push(session, *frame);
}

bool Hub::PushRefused(Session& session) {
  // Closed at the end of the turn: whoever pushes may be walking the members of a room.
  // Once: it has missed a frame, so nothing after it may reach the client.
  if (session.live()) {
    session.slow = true;
    slow_.push_back(session.handle());
  }
  return false;
}

void Hub::CloseSlow() {
  for (size_t i = 0; i < slow_.size(); ++i) {
    Session* const session = Find(slow_[i]);
    if (session == nullptr) continue;
    metrics_.sessions_slow.Add();
    Close(*session, gatehouse::v1::CLOSE_CODE_SLOW, "", LeaveReason::kSlow, CloseMode::kNow);
  }
  slow_.clear();
}

void Hub::FlushOne(Session& session) {
  if (session.state == SessionState::kAdmitting || session.state == SessionState::kEnded) return;
  switch (session.transport->Flush(session.outbound)) {
    case Transport::FlushResult::kDrained:
      if (!session.close_queued) return;
      session.transport->OnCloseSent();
      if (session.peer_closed) End(session);
      return;
    case Transport::FlushResult::kMore:
      return MarkDirty(session);
    case Transport::FlushResult::kBlocked:
      return;
    case Transport::FlushResult::kFailed:
      return OnDisconnected(session);
  }
}

void Hub::FlushDirty() {
  // What becomes dirty while flushing (more to write, a member told of a leave) waits for the next
  // turn, so that one session cannot hold the shard.
  Session* session = dirty_head_;
  dirty_head_ = nullptr;
  dirty_tail_ = &dirty_head_;
  while (session != nullptr) {
    Session* const next = session->next_dirty;
    session->dirty = false;
    FlushOne(*session);
    session = next;
  }
}

void Hub::Reap() {
  // A session on the dirty list is freed a turn later, when the list has been walked.
  std::vector<Session*> later;
  for (Session* session : ended_) {
    if (session->dirty) {
      later.push_back(session);
      continue;
    }
    shard_.wheel().Cancel(session->timer);
    sessions_.Remove(*session);
  }
  ended_ = std::move(later);
}

void Hub::EndOfTurn() {
  kOnShard.AssertHeld();
  member_.SendDeferredLeaves();
  CloseSlow();
  FlushDirty();
  if (!ended_.empty()) Reap();
}

bool Hub::HasDeferredWork() {
  kOnShard.AssertHeld();
  return dirty_head_ != nullptr || !ended_.empty() || !slow_.empty() || member_.HasDeferredLeaves();
}

}  // namespace edge
