#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "edge/base/shard_thread.h"
#include "edge/hub/delivery_job.h"
#include "edge/hub/home_request.h"
#include "edge/room/room_table.h"
#include "edge/session/session.h"

namespace edge {

class Hub;

// The member side of a shard: which of its sessions are in which room, and what it asks of the
// rooms' home shards.
//
// The way of a join: member -> home (permission is checked here, room limits and presence there) ->
// reply. Home -> member is FIFO, so that nothing the home published after the join's offset is
// missed, and nothing before it arrives. A request is answered exactly once; a leave is never lost:
// when the home's mailbox is full it is kept and sent as soon as there is room, and until then
// nothing overtakes it.
class MemberSide {
 public:
  // Further than this nobody is brought up: it would all wait in the session's queue.
  static constexpr size_t kMostReplayBytes = size_t{64} << 20;
  static constexpr size_t kMostReplayFrames = 100'000;

  using JoinDone = absl::AnyInvocable<void(const absl::Status&, const JoinedRoom&) &&>;

  explicit MemberSide(Hub& hub);

  const RoomTable& table() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return table_; }

  // Joins; rights are the caller's business. `done` gets kAlreadyExists, kResourceExhausted (rooms
  // of the session, members of the room), kUnavailable (a full mailbox), kPermissionDenied (banned
  // from the room), kCancelled (the session left or ended meanwhile), or the position in the room.
  // With `since` the session is sent, behind what `done` says, the publications that came after it.
  void RequestJoin(Session& session, RoomName room, std::optional<RoomPosition> since,
                   JoinDone done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The same because a service says so: the client is told, and a refreshed token does not take it
  // out. `done` (may be null) gets the outcome.
  void JoinByService(Session& session, RoomName room,
                     absl::AnyInvocable<void(const absl::Status&) &&> done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // False: it was neither in the room nor joining it.
  bool Leave(Session& session, const RoomName& room, LeaveReason why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void LeaveAll(Session& session, LeaveReason why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // In the room, or on the way into it.
  bool IsInOrJoining(const Session& session, const RoomName& room) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // O(sessions of the shard): for kicks of a whole room.
  void ForEachInOrJoining(const RoomName& room, absl::FunctionRef<void(Session&)> visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Keeps `share` until every home has handled the leaves sent to it so far.
  void AfterLeaves(const std::shared_ptr<void>& share) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void CancelJoins(Session& session, LeaveReason why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Tells the homes of the session's rooms about its new presence info.
  void SendInfo(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Posts to a home a request that is answered by a reply. False: full, nothing happened.
  bool SendRequest(ShardIndex home, absl::AnyInvocable<void(Hub&)> request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Every reply begins with this.
  void OnReplyFrom(ShardIndex home) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnJoinReply(const JoinReply& reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Queues the delivery's frame for every member of its room on this shard, compressed where the
  // client reads that. A pointer each: no allocation, no copy, no look-up per recipient.
  void FanOut(const Delivery& delivery) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  bool HasDeferredLeaves() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return deferred_ > 0; }
  void SendDeferredLeaves() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

 private:
  struct HomeLane {
    uint32_t unanswered = 0;           // requests whose reply has not come
    std::deque<LeaveNotice> deferred;  // leaves the home's mailbox had no room for
  };

  // Whether it may be queued beside what waits already, so that joins in a row cannot fill memory.
  bool ReplayFits(const Session& session, const JoinReply& reply) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Replay(Session& session, const JoinReply& reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void SendLeave(LeaveNotice notice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool TrySendLeave(const LeaveNotice& notice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  absl::Status CheckJoin(const Session& session, const RoomName& room) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  LeaveNotice NoticeOf(const Session& session, const RoomName& room, LeaveReason why) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Hub& hub_;
  RoomTable table_ ABSL_GUARDED_BY(kOnShard);
  std::vector<HomeLane> lanes_ ABSL_GUARDED_BY(kOnShard);
  size_t deferred_ ABSL_GUARDED_BY(kOnShard) = 0;
};

}  // namespace edge
