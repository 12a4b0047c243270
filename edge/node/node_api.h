#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/hooks/attached_worker.h"
#include "edge/presence/presence_table.h"

// What a node can be asked to do: all that control/ sees of the edge.
//
// Any thread. Every call returns at once; its answer comes through `done`, exactly once, on any
// thread (often a shard's, so `done` only hands over). Names and sizes in commands have been
// checked by the caller; what depends on the node's state (policy, limits, full mailboxes) is
// checked here.
namespace edge {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

// ---- Publishing ----

struct Payload {
  enum class Kind : uint8_t { kJson, kText, kBinary };
  Kind kind = Kind::kJson;
  std::string bytes;  // kJson: valid JSON text. kText: valid UTF-8
};

struct Message {
  Payload payload;
  std::string user;  // what the message says; empty: nothing
  std::vector<std::pair<std::string, std::string>> tags;
};

struct BroadcastCommand {
  std::vector<RoomName> rooms;
  Message message;
  std::vector<UserId> exclude_users;
  std::vector<ConnectionId> exclude_connections;
  // Commands of one sender (any number) keep their order; senders take turns.
  uint64_t sender = 0;
};

struct DeliveryCounts {
  uint32_t matched = 0;
  uint32_t queued = 0;
  uint32_t dropped = 0;
};

struct RoomDelivery {
  absl::Status status;  // kResourceExhausted: a mailbox was full. kFailedPrecondition: policy
  uint64_t offset = 0;
  uint64_t epoch = 0;
  DeliveryCounts counts;
};
using BroadcastResult = std::vector<RoomDelivery>;  // in the order of the command's rooms

struct SendToUsersCommand {
  std::vector<UserId> users;
  Message message;
};
struct SendToConnectionsCommand {
  std::vector<ConnectionId> connections;
  Message message;
};
using SendResult = std::vector<DeliveryCounts>;  // in the order of the command's targets

// ---- Throwing out ----

// `user`, `connection`, `room`, or `user` and `room` are set.
struct KickCommand {
  std::optional<UserId> user;
  std::optional<ConnectionId> connection;
  std::optional<RoomName> room;
  uint16_t code = 3503;
  std::string reason;  // empty: the code's own
  int64_t ban_millis = 0;
};
struct KickResult {
  uint32_t kicked = 0;
};

struct BanCommand {
  UserId user;
  std::optional<RoomName> room;
  int64_t ban_millis = 0;  // 0: no end
  std::string reason;
  bool keep_sessions = false;
};
struct UnbanCommand {
  UserId user;
  std::optional<RoomName> room;
};
struct UnbanResult {
  bool existed = false;
};

// A page is cut here too, however many entries were asked for: callers take messages of 4 MiB.
inline constexpr size_t kMaxPageBytes = size_t{2} << 20;

struct Page {
  uint32_t size = 100;
  std::string token;  // opaque; empty: the first page
};

struct BanEntry {
  UserId user;
  std::optional<RoomName> room;
  int64_t until_unix_millis = 0;  // 0: no end
  std::string reason;
  int64_t created_unix_millis = 0;
};
struct BanPage {
  std::vector<BanEntry> bans;
  std::string next_token;
};

// ---- Presence ----

enum class PresenceDetail : uint8_t { kUsers, kConnections, kCounts };

struct PresenceQuery {
  RoomName room;
  PresenceDetail detail = PresenceDetail::kUsers;
  Page page;
};
struct PresenceUser {
  UserId user;
  uint32_t connections = 0;
  std::string info;
  int64_t joined_unix_millis = 0;
};
struct PresenceConnection {
  ConnectionId connection;
  UserId user;
  std::string info;
  int64_t joined_unix_millis = 0;
};
struct PresencePage {
  uint32_t user_count = 0;
  uint32_t connection_count = 0;
  std::vector<PresenceUser> users;
  std::vector<PresenceConnection> connections;
  std::string next_token;
};
struct PresenceStats {
  uint32_t users = 0;
  uint32_t connections = 0;
};

struct PresenceEvent {
  enum class Kind : uint8_t { kSnapshot, kJoin, kLeave, kUpdate };
  Kind kind = Kind::kSnapshot;
  RoomName room;
  uint64_t sequence = 0;
  int64_t unix_millis = 0;
  std::vector<PresenceConnection> connections;  // of a snapshot many, else one
  bool more = false;                            // kSnapshot: further parts follow
  PresenceStats stats;                          // kSnapshot
  bool user_edge = false;  // kJoin: first of the user. kLeave: last of the user
  LeaveReason reason = LeaveReason::kUnknown;
};

// Gets the events of a watch. Its methods come on shards' threads, those of one room in order.
class PresenceWatcher {
 public:
  virtual ~PresenceWatcher() = default;
  // False: it cannot take more; the watch ends, and it gets nothing further.
  virtual bool OnPresence(std::shared_ptr<const PresenceEvent> event) = 0;
  // The watch of a room could not be begun (kResourceExhausted) or is over (kUnavailable).
  virtual void OnWatchEnd(absl::Status status) = 0;
};
struct WatchPresenceCommand {
  std::vector<RoomName> rooms;
  bool skip_snapshot = false;
};
using WatchId = uint64_t;

// ---- Membership and look-ups ----

struct MembersCommand {
  RoomName room;
  std::vector<UserId> users;
  std::vector<ConnectionId> connections;
};
struct AddMembersResult {
  uint32_t matched = 0;
  uint32_t added = 0;
  uint32_t already_members = 0;
  uint32_t failed = 0;
};
struct RemoveMembersResult {
  uint32_t matched = 0;
  uint32_t removed = 0;
};

struct RoomEntry {
  RoomName room;
  uint32_t users = 0;
  uint32_t connections = 0;
  uint64_t offset = 0;
  uint64_t epoch = 0;
};
struct RoomPage {
  std::vector<RoomEntry> rooms;
  std::string next_token;
};
struct ListRoomsQuery {
  std::string prefix;
  Page page;
};

struct UserRoom {
  RoomName room;
  uint32_t connections = 0;
};

struct ConnectionEntry {
  ConnectionId connection;
  UserId user;
  std::string remote_address;
  std::string user_agent;
  std::string protocol;
  std::string transport;
  int64_t connected_unix_millis = 0;
  int64_t expires_unix_millis = 0;  // 0: never
  std::vector<RoomName> rooms;
  uint64_t queued_bytes = 0;
  uint32_t queued_messages = 0;
  std::string info;
  std::string node;
};
struct ListConnectionsQuery {
  std::optional<UserId> user;
  std::optional<RoomName> room;
  Page page;
};
struct ConnectionPage {
  std::vector<ConnectionEntry> connections;
  std::string next_token;
};

struct NodeEntry {
  std::string name;
  uint32_t id = 0;
  std::string version;
  int64_t started_unix_millis = 0;
  uint32_t shards = 0;
  uint32_t connections = 0;
  uint32_t users = 0;
  uint32_t rooms = 0;
  bool draining = false;
  uint64_t resident_bytes = 0;
};

class NodeApi {
 public:
  virtual ~NodeApi() = default;

  // Cost: one post to each home shard named, one to each shard with members.
  virtual void Broadcast(BroadcastCommand command, Done<BroadcastResult> done) = 0;
  // Cost: one post to every shard.
  virtual void SendToUsers(SendToUsersCommand command, Done<SendResult> done) = 0;
  virtual void SendToConnections(SendToConnectionsCommand command, Done<SendResult> done) = 0;

  // Answered when every session concerned has left its rooms and has its close queued.
  virtual void Kick(KickCommand command, Done<KickResult> done) = 0;
  virtual void Ban(BanCommand command, Done<KickResult> done) = 0;
  virtual void Unban(UnbanCommand command, Done<UnbanResult> done) = 0;
  virtual void ListBans(Page page, Done<BanPage> done) = 0;

  virtual void GetPresence(PresenceQuery query, Done<PresencePage> done) = 0;
  virtual void GetPresenceStats(std::vector<RoomName> rooms,
                                Done<std::vector<PresenceStats>> done) = 0;
  // The watch goes on until StopWatch, until `watcher` returns false, or the node leaves.
  virtual WatchId WatchPresence(WatchPresenceCommand command,
                                std::shared_ptr<PresenceWatcher> watcher) = 0;
  // Once it returned, at most events already under way still reach the watcher.
  virtual void StopWatch(WatchId watch) = 0;

  virtual void AddMembers(MembersCommand command, Done<AddMembersResult> done) = 0;
  virtual void RemoveMembers(MembersCommand command, Done<RemoveMembersResult> done) = 0;

  virtual void ListRooms(ListRoomsQuery query, Done<RoomPage> done) = 0;
  virtual void ListUserRooms(UserId user, Done<std::vector<UserRoom>> done) = 0;
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
