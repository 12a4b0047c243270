#include "edge/hub/member_side.h"

#include <algorithm>
#include <span>

#include "edge/base/check.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"

namespace edge {

namespace {

constexpr size_t kPrefetched = 8;

}  // namespace

MemberSide::MemberSide(Hub& hub) : hub_(hub), lanes_(hub.shard().shard_count()) {}

absl::Status MemberSide::CheckJoin(const Session& session, const RoomName& room) const {
  const std::vector<PendingJoin>& pending = session.details->pending_joins;
  const auto same = [&](const PendingJoin& join) { return join.room == room; };
  if (table_.Contains(room.view(), session.slot) || std::ranges::any_of(pending, same)) {
    return absl::AlreadyExistsError("already in the room");
  }
  const size_t limit = hub_.context().settings.max_rooms;
  if (table_.RoomCountOf(session.slot) + pending.size() >= limit) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "the session is in {} rooms, limit {} (client.max_rooms)", limit, limit);
  }
  if (const auto ban = hub_.context().bans->FindInRoom(session.user(), room, hub_.unix_millis())) {
    return absl::PermissionDeniedError("banned from the room");
  }
  return absl::OkStatus();
}

void MemberSide::RequestJoin(Session& session, RoomName room, std::optional<RoomPosition> since,
                             JoinDone done) {
  if (absl::Status status = CheckJoin(session, room); !status.ok()) {
    return std::move(done)(status, {});
  }
  SessionDetails& details = *session.details;
  const ShardIndex home = hub_.shard().HomeOf(room.view());
  JoinRequest request{.room = room,
                      .session = session.handle(),
                      .connection = hub_.IdOf(session),
                      .user = session.user(),
                      .info = details.identity.info,
                      .ticket = details.next_ticket++,
                      .deflate = session.deflate_bits != 0,
                      .since = since};
  details.pending_joins.push_back({std::move(room), request.ticket, std::move(done)});
  const uint32_t ticket = request.ticket;
  const bool sent = SendRequest(home, [request = std::move(request)](Hub& hub) mutable {
    kOnShard.AssertHeld();
    hub.home().OnJoin(std::move(request));
  });
  if (sent) return;
  // Nothing was posted, so the join is the last in the list still.
  std::vector<PendingJoin>& pending = details.pending_joins;
  for (auto at = pending.begin(); at != pending.end(); ++at) {
    if (at->ticket != ticket) continue;
    JoinDone failed = std::move(at->done);
    pending.erase(at);
    return std::move(failed)(absl::UnavailableError("the room's shard is overloaded"), {});
  }
}

void MemberSide::JoinByService(Session& session, RoomName room,
                               absl::AnyInvocable<void(const absl::Status&) &&> done) {
  auto joined = [this, handle = session.handle(), name = room, done = std::move(done)](
                    const absl::Status& status, const JoinedRoom& place) mutable {
    kOnShard.AssertHeld();
    if (done) std::move(done)(status);
    Session* const added = hub_.Find(handle);
    if (added == nullptr || !status.ok()) return;
    added->details->service_rooms.push_back(name);
    hub_.Reply(*added, {.kind = ClientReply::Kind::kJoined,
                        .room = name.view(),
                        .position = place.position,
                        .recovered = place.recovered});
  };
  RequestJoin(session, std::move(room), std::nullopt, std::move(joined));
}

bool MemberSide::SendRequest(ShardIndex home, absl::AnyInvocable<void(Hub&)> request) {
  HomeLane& lane = lanes_[home];
  if (home == hub_.shard().index()) {
    ++lane.unanswered;
    request(hub_);
    return true;
  }
  // Each request has a reply slot in the home's lane to us, and none may overtake a leave.
  if (!lane.deferred.empty() || lane.unanswered >= hub_.shard().reply_reserve()) return false;
  if (!hub_.shard().Post(home, std::move(request))) {
    hub_.metrics().mailbox_refused.Add();
    return false;
  }
  ++lane.unanswered;
  return true;
}

void MemberSide::OnReplyFrom(ShardIndex home) {
  --lanes_[home].unanswered;
}

void MemberSide::OnJoinReply(const JoinReply& reply) {
  OnReplyFrom(hub_.shard().HomeOf(reply.room.view()));
  Session* const session = hub_.Find(reply.session);
  JoinDone done;
  if (session != nullptr) {
    std::vector<PendingJoin>& pending = session->details->pending_joins;
    for (auto at = pending.begin(); at != pending.end(); ++at) {
      if (at->ticket != reply.ticket || at->room != reply.room) continue;
      done = std::move(at->done);
      pending.erase(at);
      break;
    }
  }
  if (!done) return;  // cancelled while the home was asked: its leave is on the way already
  if (reply.status.ok()) {
    const absl::Status joined = table_.Join(reply.room.view(), session->slot);
    GATEHOUSE_CHECK(joined.ok(), "a session joined a room that it was in");
    hub_.metrics().joins.Add();
    hub_.metrics().memberships.Add(1);
    if (session->state == SessionState::kOpen) {
      hub_.events().Joined(*session, reply.room);
      if (session->details->hooked != nullptr) {
        hub_.hooks().TellRoom(*session, HookEventKind::kJoined, reply.room.view());
      }
    }
  }
  JoinedRoom joined = reply.joined;
  const bool fits = ReplayFits(*session, reply);
  if (!fits) joined.recovered = false;
  std::move(done)(reply.status, joined);
  // The answer may have ended the session, or found that it may not be in the room any more.
  if (fits && !reply.replay.empty() && session->live() && !session->slow &&
      table_.Contains(reply.room.view(), session->slot)) {
    Replay(*session, reply);
  }
}

bool MemberSide::ReplayFits(const Session& session, const JoinReply& reply) const {
  const OutboundQueue::Limits& limits = hub_.context().settings.outbound;
  size_t bytes = session.outbound.bytes();
  for (const FramePtr& frame : reply.replay) bytes += frame->size();
  return bytes <= kMostReplayBytes + limits.max_bytes &&
         session.outbound.frames() + reply.replay.size() <= kMostReplayFrames + limits.max_frames;
}

void MemberSide::Replay(Session& session, const JoinReply& reply) {
  OutboundQueue& queue = session.outbound;
  size_t bytes = 0;
  for (const FramePtr& frame : reply.replay) {
    const LocalFramePtr local = Localize(frame);
    queue.PushLast(*local);
    bytes += frame->size();
  }
  hub_.metrics().replayed.Add(static_cast<int64_t>(reply.replay.size()));
  hub_.turn_deliveries_ += reply.replay.size();
  hub_.commands().Charge(session, bytes);
  session.details->replayed = {.max_bytes = queue.bytes(), .max_frames = queue.frames()};
  session.replaying = true;
  hub_.OnWritable(session);
}

LeaveNotice MemberSide::NoticeOf(const Session& session, const RoomName& room,
                                 LeaveReason why) const {
  return {room, hub_.IdOf(session), why, session.deflate_bits != 0};
}

bool MemberSide::Leave(Session& session, const RoomName& room, LeaveReason why) {
  std::erase(session.details->service_rooms, room);
  std::vector<PendingJoin>& pending = session.details->pending_joins;
  for (auto at = pending.begin(); at != pending.end(); ++at) {
    if (at->room != room) continue;
    JoinDone cancelled = std::move(at->done);
    pending.erase(at);
    // Behind the request in the home's lane, so that the home counts the session in and out again.
    SendLeave(NoticeOf(session, room, why));
    std::move(cancelled)(absl::CancelledError("left the room while joining it"), {});
    return true;
  }
  // The name may be the table's own, and goes with the last member: copied before it is used.
  LeaveNotice notice = NoticeOf(session, room, why);
  if (!table_.Leave(room.view(), session.slot)) return false;
  hub_.metrics().leaves.Add();
  hub_.metrics().memberships.Add(-1);
  if (session.state == SessionState::kOpen) {
    hub_.events().Left(session, notice.room, why);
    if (session.details->hooked != nullptr) {
      hub_.hooks().TellRoom(session, HookEventKind::kLeft, notice.room.view());
    }
  }
  SendLeave(std::move(notice));
  return true;
}

void MemberSide::LeaveAll(Session& session, LeaveReason why) {
  std::vector<LeaveNotice> notices;
  table_.LeaveAll(session.slot,
                  [&](const RoomName& room) { notices.push_back(NoticeOf(session, room, why)); });
  hub_.metrics().leaves.Add(static_cast<int64_t>(notices.size()));
  hub_.metrics().memberships.Add(-static_cast<int64_t>(notices.size()));
  for (LeaveNotice& notice : notices) SendLeave(std::move(notice));
}

bool MemberSide::IsInOrJoining(const Session& session, const RoomName& room) const {
  return table_.Contains(room.view(), session.slot) ||
         std::ranges::find(session.details->pending_joins, room, &PendingJoin::room) !=
             session.details->pending_joins.end();
}

void MemberSide::ForEachInOrJoining(const RoomName& room, absl::FunctionRef<void(Session&)> visit) {
  SessionTable& sessions = hub_.sessions();
  for (uint32_t slot = 0; slot < sessions.slot_bound(); ++slot) {
    Session& session = sessions.At(slot);
    if (session.live() && IsInOrJoining(session, room)) visit(session);
  }
}

void MemberSide::AfterLeaves(const std::shared_ptr<void>& share) {
  // Behind the leaves in each lane. Where a lane is full the leaves wait too, and nobody waits for
  // them here: the rooms on this shard are left all the same.
  for (size_t home = 0; home < lanes_.size(); ++home) {
    if (home != hub_.shard().index()) {
      hub_.shard().Post(static_cast<ShardIndex>(home), [share](Hub&) {});
    }
  }
}

void MemberSide::CancelJoins(Session& session, LeaveReason why) {
  std::vector<PendingJoin> pending = std::move(session.details->pending_joins);
  session.details->pending_joins.clear();
  for (PendingJoin& join : pending) {
    SendLeave(NoticeOf(session, join.room, why));
    std::move(join.done)(absl::CancelledError("the session ended"), {});
  }
}

bool MemberSide::TrySendLeave(const LeaveNotice& notice) {
  const ShardIndex home = hub_.shard().HomeOf(notice.room.view());
  if (home == hub_.shard().index()) {
    hub_.home().OnLeave(notice);
    return true;
  }
  return hub_.shard().Post(home, [notice](Hub& hub) {
    kOnShard.AssertHeld();
    hub.home().OnLeave(notice);
  });
}

void MemberSide::SendLeave(LeaveNotice notice) {
  HomeLane& lane = lanes_[hub_.shard().HomeOf(notice.room.view())];
  if (lane.deferred.empty() && TrySendLeave(notice)) return;
  lane.deferred.push_back(std::move(notice));
  ++deferred_;
}

void MemberSide::SendDeferredLeaves() {
  if (deferred_ == 0) return;
  for (HomeLane& lane : lanes_) {
    while (!lane.deferred.empty() && TrySendLeave(lane.deferred.front())) {
      lane.deferred.pop_front();
      --deferred_;
    }
  }
}

void MemberSide::SendInfo(Session& session) {
  const ConnectionId connection = hub_.IdOf(session);
  const std::string& info = session.details->identity.info;
  const auto send = [&](const RoomName& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    const auto update = [room, connection, info](Hub& hub) {
      kOnShard.AssertHeld();
      hub.home().OnInfo(room, connection, info);
    };
    const ShardIndex home = hub_.shard().HomeOf(room.view());
    if (home == hub_.shard().index()) return update(hub_);
    // A lost update of the info is told with the next refresh; nothing else depends on it.
    if (!hub_.shard().Post(home, update)) hub_.metrics().mailbox_refused.Add();
  };
  table_.ForEachRoomOf(session.slot, [&](const RoomName& room) {
    kOnShard.AssertHeld();
    send(room);
    hub_.events().Updated(session, room);
  });
  // Their requests have the info of before; this comes behind them in the home's lane.
  for (const PendingJoin& join : session.details->pending_joins) send(join.room);
}

void MemberSide::FanOut(const Delivery& delivery) {
  uint32_t matched = 0;
  uint32_t queued = 0;
  if (const RoomTable::Room* room = table_.Find(delivery.room.view())) {
    MessageFrames frames(delivery.frames[0], delivery.deflated, hub_.deflater_);
    const Exclusions* const exclusions =
        delivery.rules == nullptr || delivery.rules->exclusions.empty()
            ? nullptr
            : &delivery.rules->exclusions;
    const std::span<const uint32_t> slots = table_.members(*room);
    DirtyList& dirty = hub_.DirtyListFor(slots.size());
    for (size_t i = 0; i < slots.size(); ++i) {
      // Members are spread over memory: those who come next are asked for ahead.
      if (i + kPrefetched < slots.size()) {
        __builtin_prefetch(&hub_.sessions_.At(slots[i + kPrefetched]), /*rw=*/1);
      }
      Session& session = hub_.sessions_.At(slots[i]);
      if (exclusions != nullptr && exclusions->Cover(session.user(), hub_.IdOf(session))) continue;
      ++matched;
      queued += hub_.PushTo(dirty, session, frames) ? 1 : 0;
    }
  }
  hub_.turn_deliveries_ += matched;
  hub_.metrics().deliveries.Add(queued);
  if (matched != queued) hub_.metrics().deliveries_dropped.Add(matched - queued);
  if (delivery.job) {
    delivery.job->Count(delivery.part, matched, queued, matched - queued);
    delivery.job->Release();
  }
}

}  // namespace edge
