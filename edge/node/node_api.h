#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "edge/node/node_commands.h"

// What a node can be asked to do: all that control/ sees of the edge.
//
// Any thread. Every call returns at once; its answer comes through `done`, exactly once, on any
// thread (often a shard's, so `done` only hands over). Names and sizes in commands have been
// checked by the caller; what depends on the node's state (policy, limits, full mailboxes) is
// checked here.
namespace edge {

class NodeApi {
 public:
  virtual ~NodeApi() = default;

  // Cost: one post to each home shard named, one to each shard with members.
  virtual void Broadcast(BroadcastCommand command, Done<BroadcastResult> done) = 0;
  // Cost: one post to every shard.
  virtual void SendToUsers(SendToUsersCommand command, Done<SendResult> done) = 0;
  virtual void SendToConnections(SendToConnectionsCommand command, Done<SendResult> done) = 0;

  // kOutOfRange: what came after `since` is not kept any more, or is of another life of the room.
  virtual void GetHistory(HistoryQuery query, Done<HistoryPage> done) = 0;
  virtual void RemoveHistory(RoomName room, Done<RemoveHistoryResult> done) = 0;

  // Answered when every session concerned has left its rooms and has its close queued.
  virtual void Kick(KickCommand command, Done<KickResult> done) = 0;
  virtual void Ban(BanCommand command, Done<KickResult> done) = 0;
  virtual void Unban(UnbanCommand command, Done<UnbanResult> done) = 0;
  virtual void ListBans(Page page, Done<BanPage> done) = 0;

  // kInvalidArgument: the info is too long. kResourceExhausted: too many tickets wait.
  virtual void CreateTicket(TicketCommand command, Done<TicketResult> done) = 0;
  // Answered as Kick. kInvalidArgument: a time too far ahead, or to be kept too long.
  virtual void RevokeTokens(RevokeCommand command, Done<RevokeResult> done) = 0;
  virtual void ListRevocations(Page page, Done<RevocationPage> done) = 0;

  virtual void GetPresence(PresenceQuery query, Done<PresencePage> done) = 0;
  virtual void GetPresenceStats(std::vector<RoomName> rooms,
                                Done<std::vector<PresenceStats>> done) = 0;
  // The watch goes on until StopWatch, until `watcher` returns false, or the node leaves.
  virtual WatchId WatchPresence(WatchPresenceCommand command,
                                std::shared_ptr<PresenceWatcher> watcher) = 0;
  // Once it returned, at most events already under way still reach the watcher.
  virtual void StopWatch(WatchId watch) = 0;

  // Cost: a snapshot is a walk over all sessions, some thousand at a time. `wake` is called on any
  // thread and only hands over. The feed is stopped before the node goes.
  virtual std::shared_ptr<EventFeed> WatchEvents(WatchEventsCommand command,
                                                 std::function<void()> wake) = 0;

  virtual void AddMembers(MembersCommand command, Done<AddMembersResult> done) = 0;
  virtual void RemoveMembers(MembersCommand command, Done<RemoveMembersResult> done) = 0;

  virtual void ListMemberships(MembershipQuery query, Done<MembershipPage> done) = 0;

  virtual void ListRooms(ListRoomsQuery query, Done<RoomPage> done) = 0;
  virtual void ListUserRooms(ListUserRoomsQuery query, Done<UserRoomPage> done) = 0;
  virtual void ListConnections(ListConnectionsQuery query, Done<ConnectionPage> done) = 0;
  // kNotFound: it has gone.
  virtual void GetConnection(ConnectionId connection, Done<ConnectionEntry> done) = 0;
  virtual void GetNodes(Done<std::vector<NodeEntry>> done) = 0;

  // Takes a worker of the application for one of hooks.services; `stream` gets the welcome, then
  // questions. The worker is attached as long as what is returned lives. This call alone is
  // answered at once. kNotFound: no such service. kFailedPrecondition: it has endpoints.
  // kResourceExhausted: it has as many workers as it may.
  virtual absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(
      AttachCommand command, std::shared_ptr<WorkerStream> stream) = 0;

  // Largest payload of a message in bytes (client.max_message_size).
  virtual size_t max_payload_size() const = 0;
};

}  // namespace edge
