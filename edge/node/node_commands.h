#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/base/room_position.h"
#include "edge/events/edge_event.h"
#include "edge/hooks/attached_worker.h"
#include "edge/presence/presence_table.h"
#include "edge/room/publish_rules.h"
#include "edge/room/sticky_memberships.h"

// What NodeApi takes and gives: the values of its commands and answers, and the interfaces of those
// who are told more than once.
namespace edge {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

// A page is cut here too, however many entries were asked for: callers take messages of 4 MiB.
inline constexpr size_t kMaxPageBytes = size_t{2} << 20;

struct Page {
  uint32_t size = 100;
  std::string token;  // opaque; empty: the first page
};

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
  // Null: nothing is asked beside the message.
  std::shared_ptr<const PublishRules> rules;
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
  // It was published before, at this offset: its idempotency key or version says so.
  bool suppressed = false;
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

// ---- History ----

struct HistoryQuery {
  RoomName room;
  // Exclusive. Nothing: from the oldest, or with `reverse` the newest.
  std::optional<RoomPosition> since;
  bool reverse = false;
  Page page;
};
struct HistoryPublication {
  uint64_t offset = 0;
  int64_t unix_millis = 0;
  Message message;  // what was published as text is JSON
};
struct HistoryPage {
  RoomPosition position;
  uint64_t first_offset = 0;
  std::vector<HistoryPublication> publications;
  std::string next_token;
};
struct RemoveHistoryResult {
  bool existed = false;
};

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

// ---- Tickets and revoked tokens ----

struct TicketCommand {
  UserId user;
  std::string info;               // valid JSON text; empty: none
  std::vector<std::string> join;  // patterns; with `rooms` at most 64
  std::vector<std::string> publish;
  std::vector<RoomName> rooms;  // the only ones the URL may name; empty: what `join` allows
  int64_t session_millis = 0;   // 0: no end
  int64_t ttl_millis = 0;
  std::string address;  // CanonicalIp; empty: any
};
struct TicketResult {
  std::string ticket;
  int64_t expires_unix_millis = 0;
};

// `user` or `token_id` is set, or neither and `issued_before_unix_millis`.
struct RevokeCommand {
  std::optional<UserId> user;
  std::string token_id;
  int64_t issued_before_unix_millis = 0;  // 0: now
  int64_t keep_millis = 0;                // 0: auth.revocation_time
};
struct RevokeResult {
  uint32_t closed = 0;
  int64_t until_unix_millis = 0;
};

struct RevocationEntry {
  std::optional<UserId> user;
  std::string token_id;
  int64_t issued_before_unix_millis = 0;
  int64_t until_unix_millis = 0;
  int64_t created_unix_millis = 0;
};
struct RevocationPage {
  std::vector<RevocationEntry> revocations;
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

// ---- Events ----

struct EventFilter {
  uint32_t kinds = 0;         // bits by EdgeEvent::Kind; 0: all
  std::string room_prefix;    // empty: all rooms, and what is in no room
  std::vector<UserId> users;  // empty: all
};
struct WatchEventsCommand {
  EventFilter filter;
  bool snapshot = false;
  std::string resume_token;  // empty: from now on
};
struct EventConnection {
  ConnectionId connection;
  UserId user;
  std::string info;
  std::string address;
  int64_t connected_unix_millis = 0;
  std::vector<RoomName> rooms;
};
struct EventChunk {
  enum class Kind : uint8_t { kNothing, kEvents, kSnapshot, kGap };
  Kind kind = Kind::kNothing;
  std::vector<std::shared_ptr<const EdgeEvent>> events;
  std::vector<EventConnection> connections;  // kSnapshot: a part of it
  bool more = false;                         // kSnapshot: further parts follow
  std::string token;                         // to go on from behind this; empty: not from here
  absl::Status end;                          // not OK: there will be nothing more
};
// One watcher's events. One thread at a time.
class EventFeed {
 public:
  virtual ~EventFeed() = default;
  // What comes next, at most `most` events. kNothing: not yet; the watcher's `wake` is called when
  // there may be. Not to be called within `wake`.
  virtual EventChunk Next(size_t most) = 0;
  virtual void Stop() = 0;
};

// ---- Membership and look-ups ----

struct MembersCommand {
  RoomName room;
  std::vector<UserId> users;
  std::vector<ConnectionId> connections;
  int64_t sticky_millis = 0;  // AddMembers: later sessions of the users too, for so long
};
struct MembershipQuery {
  std::optional<UserId> user;
  Page page;
};
struct MembershipPage {
  std::vector<StickyMembership> memberships;
  std::string next_token;
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
struct UserRoomPage {
  std::vector<UserRoom> rooms;
  std::string next_token;
};
struct ListUserRoomsQuery {
  UserId user;
  // Only rooms whose names begin with one of these; empty: all. Neither a page nor its token names
  // others.
  std::vector<std::string> prefixes;
  Page page;
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

}  // namespace edge
