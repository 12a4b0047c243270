#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "edge/auth/identity.h"
#include "edge/base/connection_id.h"
#include "edge/base/room_position.h"
#include "edge/base/session_handle.h"
#include "edge/base/timing_wheel.h"
#include "edge/base/token_bucket.h"
#include "edge/protocol/client_protocol.h"
#include "edge/session/hooked_session.h"
#include "edge/session/outbound_queue.h"
#include "edge/session/shard_timer.h"
#include "edge/session/transport.h"

namespace edge {

enum class SessionState : uint8_t {
  kFree,       // the slot is not in use
  kAdmitting,  // its rooms are being joined; the client has not been answered
  kOpen,
  kClosing,  // its Close is queued or sent; it is in no room and nothing finds it
  kEnded,    // the connection is gone; freed at the end of the turn
};

// Where a session stands in a room that it has joined.
struct JoinedRoom {
  RoomPosition position;  // of the room's last publication
  // Whether the client gets everything from the position that it gave up to this one. Nothing: it
  // gave none.
  std::optional<bool> recovered;
};

// A join that its home shard has not answered yet. Taking it out of the list cancels it.
struct PendingJoin {
  RoomName room;
  uint32_t ticket = 0;  // tells this join from an earlier one of the same room
  // Called once with the outcome, or with kCancelled.
  absl::AnyInvocable<void(const absl::Status&, const JoinedRoom&) &&> done;
};

// What is seldom touched.
struct SessionDetails {
  Identity identity;
  std::string remote_address;
  std::string user_agent;
  int64_t connected_unix_millis = 0;
  const ClientProtocol* protocol = nullptr;
  std::vector<PendingJoin> pending_joins;
  uint32_t next_ticket = 1;
  // Rooms that a service put the session into: a refreshed token does not take them away.
  std::vector<RoomName> service_rooms;
  // While it is admitted: joins not answered yet and, if the client asked for a first message,
  // where those that were stand.
  uint32_t admission_joins = 0;
  bool welcome = false;
  // How it ended, for events; 1006: its connection just did.
  uint16_t close_code = 1006;
  std::vector<ClientReply::WelcomeRoom> welcome_rooms;
  // While `replaying`: what may wait for it beside what client.write_queue_* allow.
  OutboundQueue::Limits replayed = {.max_bytes = 0, .max_frames = 0};
  TokenBucket errors;
  TokenBucket messages;
  std::unique_ptr<HookedSession> hooked;  // null: the node has no hooks
};

// One client, as its shard sees it. What a fan-out touches stands first, in one cache line.
class alignas(64) Session {
 public:
  static constexpr uint32_t kNoSlot = ShardTimer::kNoSlot;

  OutboundQueue outbound;
  std::unique_ptr<Transport> transport;
  uint32_t slot = kNoSlot;
  uint32_t generation = 0;
  SessionState state = SessionState::kFree;
  // Compressed messages may go to the client: the window it keeps is 2^deflate_bits bytes, 8 to 15.
  // 0: they may not.
  uint8_t deflate_bits = 0;
  bool dirty : 1 = false;         // is on the shard's dirty list
  bool close_queued : 1 = false;  // a Close is the last frame of the queue
  bool ping_open : 1 = false;     // a ping was sent at ping_millis and nothing was heard since
  bool peer_closed : 1 = false;   // the client has sent its Close
  bool slow : 1 = false;          // a frame did not fit: closed at the end of the turn
  bool replaying : 1 = false;     // what it was sent of histories is not all written yet
  bool asking : 1 = false;        // the application is asked about it: nothing more is read of it
  ShardIndex shard = 0;

  // Heartbeat and deadlines; `timer` is on the shard's wheel.
  ShardTimer timer;
  int64_t timer_due_millis = 0;
  int64_t heard_millis = 0;     // last bytes from the client
  int64_t ping_millis = 0;      // last ping, or the time to count the first from
  int64_t deadline_millis = 0;  // kAdmitting: of the handshake. kClosing: of the closing handshake

  // The other sessions of the user on this shard (a ring of slots).
  uint32_t user_next = kNoSlot;
  uint32_t user_prev = kNoSlot;

  std::unique_ptr<SessionDetails> details;

  SessionHandle handle() const { return {shard, slot, generation}; }
  const UserId& user() const { return details->identity.user; }
  bool live() const { return state == SessionState::kOpen || state == SessionState::kAdmitting; }
};

}  // namespace edge
