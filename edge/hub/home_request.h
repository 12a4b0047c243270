#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/base/room_position.h"
#include "edge/hub/delivery_job.h"
#include "edge/presence/presence_table.h"
#include "edge/protocol/publication.h"
#include "edge/session/session.h"
#include "edge/wire/frame.h"

namespace edge {

// What member shards and home shards tell each other: values, posted.

struct JoinRequest {
  RoomName room;
  SessionHandle session;
  ConnectionId connection;
  UserId user;
  std::string info;
  uint32_t ticket = 0;
  bool deflate = false;               // compressed messages may go to it
  std::optional<RoomPosition> since;  // what the client has already
};

struct JoinReply {
  RoomName room;
  SessionHandle session;
  ConnectionId connection;
  uint32_t ticket = 0;
  absl::Status status;
  JoinedRoom joined;
  // What the client has missed, in order; behind the answer to its join and before anything newer.
  std::vector<FramePtr> replay;
};

struct LeaveNotice {
  RoomName room;
  ConnectionId connection;
  LeaveReason reason = LeaveReason::kLeft;
  bool deflate = false;  // as its JoinRequest said
};

// What a message says, whatever rooms it goes to. Owns its bytes.
struct MessageBody {
  std::string user;
  ContentKind kind = ContentKind::kJson;
  std::string content;
  Tags tags;
};

struct PublishOutcome {
  absl::Status status;    // kResourceExhausted: a member shard's mailbox is full; nobody gets it
  RoomPosition position;  // epoch 0: nobody was there
  // Nothing was published: an idempotency key or a version says that it was before. `position` is
  // that publication's.
  bool suppressed = false;
};

}  // namespace edge
