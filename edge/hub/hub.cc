#include "edge/hub/hub.h"

#include <algorithm>

#include "edge/base/log.h"
#include "edge/base/random.h"

namespace edge {

namespace {

// Who gets what a room of this many members here gets, or less, is not made to wait for the members
// of larger rooms: those are written to 64 a turn, so that a write to thousands takes several
// turns and what others publish meanwhile comes in between. Measured, p99 of a room of 100 beside a
// flood into one of 1,000: see docs/performance.md.
constexpr size_t kFewRecipients = 256;
constexpr size_t kFewFlushesPerTurn = 1024;
constexpr size_t kManyFlushesPerTurn = 64;
// What one turn queues before it writes.
constexpr size_t kDeliveriesPerTurn = 4096;

// The sessions of a room are spread over memory: what the next writes touch is asked for ahead.
void PrefetchFlush(const DirtyList& sessions, size_t at) {
  constexpr size_t kAhead = 4;
  if (at + 2 * kAhead < sessions.size()) __builtin_prefetch(&sessions[at + 2 * kAhead]);
  if (at + kAhead >= sessions.size()) return;
  const Session& soon = sessions[at + kAhead];
  __builtin_prefetch(soon.transport.get());
  soon.outbound.Prefetch();
}

}  // namespace

Hub::Hub(const HubContext& context, Shard& shard, ShardMetrics& metrics)
    : context_(context),
      shard_(shard),
      metrics_(metrics),
      sessions_(shard.index()),
      random_(SecureRandom64()),
      deflater_({.threshold = context.settings.deflate.threshold,
                 .level = context.settings.deflate.level,
                 .only_if_shorter = !context.settings.echo}),
      member_(*this),
      home_(*this),
      commands_(*this),
      hooks_(*this),
      events_(*this) {}

void Hub::Clear() {
  const ScopedShardThread on_shard;
  for (uint32_t slot = 0; slot < sessions_.slot_bound(); ++slot) {
    Session& session = sessions_.At(slot);
    if (session.state != SessionState::kFree) {
      shard_.wheel().Cancel(session.timer);
      sessions_.Remove(session);
    }
  }
  home_.Clear();
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
  MessageFrames frames(session.details->protocol->EncodeReply(reply), deflater_);
  Push(session, frames);
}

bool Hub::PushBeyond(Session& session, LocalFrame& frame,
                     bool (OutboundQueue::*push)(LocalFrame&, const OutboundQueue::Limits&)) {
  if (session.replaying) {
    OutboundQueue::Limits limits = context_.settings.outbound;
    limits.max_bytes += session.details->replayed.max_bytes;
    limits.max_frames += session.details->replayed.max_frames;
    if ((session.outbound.*push)(frame, limits)) {
      MarkDirty(session, few_);
      return true;
    }
  }
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
    events_.Closing(*session, EdgeEvent::Kind::kSlow, gatehouse::v1::CLOSE_CODE_SLOW, "");
    Close(*session, gatehouse::v1::CLOSE_CODE_SLOW, "", LeaveReason::kSlow, CloseMode::kNow);
  }
  slow_.clear();
}

bool Hub::MayFlush(const Session& session) {
  return session.state != SessionState::kAdmitting && session.state != SessionState::kEnded;
}

void Hub::OnFlushed(Session& session, Transport::FlushResult result) {
  if (session.replaying) {
    // What has gone out of a replay is no allowance any more.
    OutboundQueue::Limits& replayed = session.details->replayed;
    replayed.max_bytes = std::min(replayed.max_bytes, session.outbound.bytes());
    replayed.max_frames = std::min(replayed.max_frames, session.outbound.frames());
    session.replaying = replayed.max_frames > 0;
  }
  switch (result) {
    case Transport::FlushResult::kDrained:
      if (!session.close_queued) return;
      session.transport->OnCloseSent();
      if (session.peer_closed) End(session);
      return;
    case Transport::FlushResult::kMore:
      return MarkDirty(session, many_);
    case Transport::FlushResult::kBlocked:
      return;
    case Transport::FlushResult::kFailed:
      return OnDisconnected(session);
  }
}

DirtyList& Hub::DirtyListFor(size_t recipients) {
  return recipients <= kFewRecipients ? few_ : many_;
}

void Hub::FlushDirty(DirtyList& list, size_t most) {
  // What becomes dirty while flushing (more to write, a member told of a leave) waits for the next
  // turn, so that one session cannot hold the shard.
  const size_t count = std::min(most, list.size());
  // One write is cheaper by itself.
  SendBatch* const batch = count > 1 ? shard_.send_batch() : nullptr;
  for (size_t i = 0; i < count; ++i) {
    PrefetchFlush(list, i);
    Session& session = list[i];
    session.dirty = false;
    if (batch != nullptr && batch->full()) Submit(*batch);
    if (MayFlush(session) && (batch == nullptr || !AddTo(*batch, session))) {
      OnFlushed(session, session.transport->Flush(session.outbound));
    }
  }
  if (batch != nullptr && !batch->empty()) Submit(*batch);
  list.Drop(count);
}

bool Hub::AddTo(SendBatch& batch, Session& session) {
  return !session.outbound.empty() && session.transport->AddTo(batch, session.outbound);
}

void Hub::Submit(SendBatch& batch) {
  // Until here nothing takes frames out of a queue whose write is in the batch: that is done by a
  // flush and by Close, and what a flush may set off (leaves that are announced) only adds.
  batch.Submit([this](void* owner, int result) {
    kOnShard.AssertHeld();
    auto& session = *static_cast<Session*>(owner);
    OnFlushed(session, session.transport->OnSent(session.outbound, result));
  });
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

void Hub::EndTurnSoon() {
  turn_deliveries_ = kDeliveriesPerTurn;
}

bool Hub::TurnIsFull() {
  kOnShard.AssertHeld();
  return turn_deliveries_ >= kDeliveriesPerTurn;
}

void Hub::EndOfTurn() {
  kOnShard.AssertHeld();
  turn_deliveries_ = 0;
  member_.SendDeferredLeaves();
  CloseSlow();
  FlushDirty(few_, kFewFlushesPerTurn);
  FlushDirty(many_, kManyFlushesPerTurn);
  if (!ended_.empty()) Reap();
}

bool Hub::HasDeferredWork() {
  kOnShard.AssertHeld();
  return !few_.empty() || !many_.empty() || !ended_.empty() || !slow_.empty() ||
         member_.HasDeferredLeaves();
}

}  // namespace edge
