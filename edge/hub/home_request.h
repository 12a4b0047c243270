#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "edge/base/connection_id.h"
#include "edge/base/ids.h"
#include "edge/hub/delivery_job.h"
#include "edge/presence/presence_table.h"
#include "edge/protocol/publication.h"

namespace edge {

// What member shards and home shards tell each other: values, posted.

struct JoinRequest {
  RoomName room;
  SessionHandle session;
  ConnectionId connection;
  UserId user;
  std::string info;
  uint32_t ticket = 0;
  bool deflate = false;  // compressed messages may go to it
};

struct JoinReply {
  RoomName room;
  SessionHandle session;
  ConnectionId connection;
  uint32_t ticket = 0;
  absl::Status status;
  uint64_t offset = 0;  // of the room's last publication when the session joined
  uint64_t epoch = 0;
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
  absl::Status status;  // kResourceExhausted: a member shard's mailbox is full; nobody gets it
  uint64_t offset = 0;  // 0: nobody was there
  uint64_t epoch = 0;
};

}  // namespace edge
