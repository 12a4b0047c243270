#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge/auth/grants_cache.h"
#include "edge/base/random.h"
#include "edge/base/room_position.h"
#include "edge/base/shard_thread.h"
#include "edge/hub/client_commands.h"
#include "edge/hub/dirty_list.h"
#include "edge/hub/event_teller.h"
#include "edge/hub/home_side.h"
#include "edge/hub/hub_context.h"
#include "edge/hub/member_side.h"
#include "edge/hub/recent_kicks.h"
#include "edge/hub/session_hooks.h"
#include "edge/metrics/metrics.h"
#include "edge/session/hooked_session.h"
#include "edge/session/session_table.h"
#include "edge/shard/shard.h"
#include "edge/wire/close_code.h"
#include "edge/wire/message_frames.h"

namespace edge {

// What a transport hands over when a client has been authenticated.
struct Admission {
  std::unique_ptr<Transport> transport;
  Identity identity;
  std::vector<WantedRoom> rooms;  // joined before the client is answered
  std::string remote_address;
  std::string user_agent;
  const ClientProtocol* protocol = nullptr;
  bool welcome = false;
  uint8_t deflate_bits = 0;  // Session::deflate_bits
  // Where hooks are configured.
  std::unique_ptr<HookedSession> hooked;
  std::vector<WantedRoom> granted_rooms;  // of OnConnect: joined too, without asking about them
  uint64_t kicks_since = 0;               // RecentKicks::Begin of OnConnect; 0: it was not asked
};

// The state of one shard: its sessions, and through its two sides the rooms.
//
// Everything happens on the shard's thread and nothing is locked. Others reach a hub only by
// posting a task to its shard. Sessions that end are freed at the end of the turn, so that a
// reference to one stays valid while a task or an event is handled.
class Hub final : public ShardWork {
 public:
  enum class CloseMode : uint8_t {
    kNow,         // what is queued is dropped: kick, ban, slow
    kAfterQueued  // what is queued goes first: drain, the answer to the peer's own Close
  };

  Hub(const HubContext& context, Shard& shard, ShardMetrics& metrics);
  // Frees all sessions and their connections. After the shard has stopped, before its gate goes.
  void Clear();

  // ---- From transports and the HTTP gate ----

  // Takes a client in: joins its rooms, then opens its transport. Refuses through the transport
  // (ban, room limits, overload), sometimes before it returns.
  void Admit(Admission admission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Whether one more handshake may be tried now (client.handshakes_per_second).
  bool TakeHandshake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Bytes came from the client.
  void OnHeard(Session& session, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnMessage(Session& session, bool text, std::string_view message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The client sent its Close: it is answered with `code` and the connection ends.
  void OnPeerClose(Session& session, uint16_t code) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The connection is gone.
  void OnDisconnected(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The socket can take more: flushed at the end of this turn.
  void OnWritable(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    MarkDirty(session, few_);
  }

  // ---- Sessions ----

  Session* Find(SessionHandle handle) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Null when it has gone, or the id is another node's.
  Session* FindConnection(const ConnectionId& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  ConnectionId IdOf(const Session& session) const;
  // Calls `visit` for every live session of the user; it may close the session it is given.
  void ForEachOfUser(std::string_view user, absl::FunctionRef<void(Session&)> visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  SessionTable& sessions() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return sessions_; }
  size_t user_count() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return users_.size(); }

  // Queues a frame. False: the session is too slow and will be closed at the end of the turn, or it
  // is closing: nothing follows a Close.
  bool Push(Session& session, LocalFrame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    if (session.close_queued || session.slow) return false;
    if (!session.outbound.Push(frame, context_.settings.outbound)) {
      return PushBeyond(session, frame, &OutboundQueue::Push);
    }
    MarkDirty(session, few_);
    return true;
  }
  // The one of the message's frames that the client can read.
  bool Push(Session& session, MessageFrames& frames) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    return PushTo(few_, session, frames);
  }
  bool PushControl(Session& session, LocalFrame& frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    if (session.close_queued || session.slow) return false;
    if (!session.outbound.PushControl(frame, context_.settings.outbound)) {
      return PushBeyond(session, frame, &OutboundQueue::PushControl);
    }
    MarkDirty(session, few_);
    return true;
  }
  // A message for this session alone.
  void Reply(Session& session, const ClientReply& reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Takes the session out of everything in this call and queues its Close. An empty reason is the
  // code's own. Does nothing to a session that is closing already.
  void Close(Session& session, uint16_t code, std::string_view reason, LeaveReason why,
             CloseMode mode) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Takes over the rights and expiry of a refreshed token; leaves rooms that it no longer allows.
  void Refresh(Session& session, Identity identity) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // ---- The rest of the shard ----

  MemberSide& member() { return member_; }
  HomeSide& home() { return home_; }
  ClientCommands& commands() { return commands_; }
  SessionHooks& hooks() { return hooks_; }
  EventTeller& events() { return events_; }
  RecentKicks& kicks() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return kicks_; }
  Deflater& deflater() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return deflater_; }
  Shard& shard() { return shard_; }
  const HubContext& context() const { return context_; }
  ShardMetrics& metrics() { return metrics_; }
  int64_t now_millis() const { return shard_.now_millis(); }
  int64_t unix_millis() const { return shard_.unix_millis(); }

  // What was done in this turn is enough for one: others' work goes on before more of it.
  void EndTurnSoon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // No admission from now on.
  void StopAdmitting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { admitting_ = false; }

  // ShardWork
  void OnWheelNode(WheelNode& node) override;
  bool TurnIsFull() override;
  void EndOfTurn() override;
  bool HasDeferredWork() override;

 private:
  friend class MemberSide;
  friend class SessionHooks;

  void MarkDirty(Session& session, DirtyList& list) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    if (session.dirty) return;
    session.dirty = true;
    list.Add(session);
  }
  // One of the members that get a publication.
  bool PushTo(DirtyList& list, Session& session, MessageFrames& frames)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
    if (session.close_queued || session.slow) return false;
    LocalFrame& frame = frames.For(session.deflate_bits);
    if (!session.outbound.Push(frame, context_.settings.outbound)) {
      return PushBeyond(session, frame, &OutboundQueue::Push);
    }
    MarkDirty(session, list);
    return true;
  }
  // Where those wait who get what goes to `recipients` sessions of this shard.
  DirtyList& DirtyListFor(size_t recipients) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The queue is full: the frame goes into what a replay may take beside, or the session is slow.
  bool PushBeyond(Session& session, LocalFrame& frame,
                  bool (OutboundQueue::*push)(LocalFrame&, const OutboundQueue::Limits&))
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void FlushDirty(DirtyList& list, size_t most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  static bool MayFlush(const Session& session);
  void OnFlushed(Session& session, Transport::FlushResult result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // False: the session must be flushed by itself.
  bool AddTo(SendBatch& batch, Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Submit(SendBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void CloseSlow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Reap() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Why nobody may be let in as this, or OK.
  absl::Status CheckAdmission(const Admission& admission) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Whether the client must be told where it stands in the room, asked for or not.
  bool NeedsWelcome(const WantedRoom& room) const;
  void JoinAdmitted(Session& session, WantedRoom room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnAdmissionJoined(Session& session, const absl::Status& status,
                         ClientReply::WelcomeRoom room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Those that services put its user into for some time.
  void JoinStickyRooms(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void FinishAdmission(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void RefuseAdmission(Session& session, const absl::Status& status,
                       LeaveReason why = LeaveReason::kDisconnected)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Leaves all rooms, cancels joins, and is found by nobody from then on.
  void Detach(Session& session, LeaveReason why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void QueueClose(Session& session, uint16_t code, std::string_view reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void End(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void LinkUser(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void UnlinkUser(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  void OnSessionTimer(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void CheckOpenSession(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Arms the session's timer for the earliest of its deadlines.
  void ArmTimer(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  int64_t NextDeadline(const Session& session) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  const HubContext& context_;
  Shard& shard_;
  ShardMetrics& metrics_;
  SessionTable sessions_ ABSL_GUARDED_BY(kOnShard);
  // First session of each user's ring.
  absl::flat_hash_map<UserId, uint32_t, IdHash, IdEqual> users_ ABSL_GUARDED_BY(kOnShard);
  // Sessions to be flushed: those who share what they get with few others, whose turn comes at its
  // end, and those who share it with many.
  DirtyList few_ ABSL_GUARDED_BY(kOnShard);
  DirtyList many_ ABSL_GUARDED_BY(kOnShard);
  size_t turn_deliveries_ ABSL_GUARDED_BY(kOnShard) = 0;
  std::vector<SessionHandle> slow_ ABSL_GUARDED_BY(kOnShard);
  std::vector<Session*> ended_ ABSL_GUARDED_BY(kOnShard);
  GrantsCache grants_ ABSL_GUARDED_BY(kOnShard);
  TokenBucket handshakes_ ABSL_GUARDED_BY(kOnShard);
  FastRandom random_ ABSL_GUARDED_BY(kOnShard);
  bool admitting_ ABSL_GUARDED_BY(kOnShard) = true;
  Deflater deflater_ ABSL_GUARDED_BY(kOnShard);
  MemberSide member_;
  HomeSide home_;
  ClientCommands commands_;
  SessionHooks hooks_;
  EventTeller events_;
  RecentKicks kicks_ ABSL_GUARDED_BY(kOnShard);
};

}  // namespace edge
