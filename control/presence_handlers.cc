#include "control/presence_handlers.h"

#include <utility>

#include "control/message_parts.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

static_assert(static_cast<int>(edge::LeaveReason::kLeft) == v1::LEAVE_REASON_LEFT);
static_assert(static_cast<int>(edge::LeaveReason::kDrained) == v1::LEAVE_REASON_DRAINED);

edge::PresenceDetail ReadView(v1::PresenceView view, RequestCheck& check) {
  switch (view) {
    case v1::PRESENCE_VIEW_UNSPECIFIED:
    case v1::PRESENCE_VIEW_USERS:
      return edge::PresenceDetail::kUsers;
    case v1::PRESENCE_VIEW_CONNECTIONS:
      return edge::PresenceDetail::kConnections;
    case v1::PRESENCE_VIEW_COUNTS:
      return edge::PresenceDetail::kCounts;
    default:
      break;
  }
  check.Refuse("view", "is no PresenceView that this server knows");
  return edge::PresenceDetail::kCounts;
}

size_t WriteSnapshot(const edge::PresenceEvent& event, size_t next,
                     v1::PresenceSnapshot& snapshot) {
  snapshot.set_user_count(event.stats.users);
  snapshot.set_connection_count(event.stats.connections);
  constexpr size_t kRestOfEntry = 64;  // the id, the time, the fields' tags
  for (size_t bytes = 0; next < event.connections.size() && bytes < kMaxMessageBytes; ++next) {
    const edge::PresenceConnection& from = event.connections[next];
    SetConnection(from, *snapshot.add_connections());
    bytes += from.info.size() + from.user.str().size() + kRestOfEntry;
  }
  snapshot.set_more(event.more || next < event.connections.size());
  return next;
}

void WritePresence(edge::PresencePage page, v1::GetPresenceResponse& response) {
  response.set_user_count(page.user_count);
  response.set_connection_count(page.connection_count);
  for (edge::PresenceUser& from : page.users) {
    v1::UserPresence& user = *response.add_users();
    user.set_user(from.user.str());
    user.set_connections(from.connections);
    user.set_info(std::move(from.info));
    SetTime(from.joined_unix_millis, *user.mutable_joined());
  }
  for (const edge::PresenceConnection& from : page.connections) {
    SetConnection(from, *response.add_connections());
  }
  response.set_next_page_token(std::move(page.next_token));
}

}  // namespace

void GetPresence(const CallContext& call, const v1::GetPresenceRequest& request,
                 Reply<v1::GetPresenceResponse> reply) {
  RequestCheck check(call.scopes);
  edge::PresenceQuery query;
  query.room = check.Room("room", request.room());
  query.detail = ReadView(request.view(), check);
  query.page = check.Page(request.page_size(), request.page_token());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.GetPresence(std::move(query), reply.ThenPage<edge::PresencePage>(WritePresence));
}

void GetPresenceStats(const CallContext& call, const v1::GetPresenceStatsRequest& request,
                      Reply<v1::GetPresenceStatsResponse> reply) {
  RequestCheck check(call.scopes);
  std::vector<edge::RoomName> rooms = check.Rooms("rooms", request.rooms(), kMaxTargets);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  using Stats = std::vector<edge::PresenceStats>;
  auto write = [rooms](const Stats& stats, v1::GetPresenceStatsResponse& response) {
    for (size_t i = 0; i < rooms.size() && i < stats.size(); ++i) {
      v1::PresenceStats& room = *response.add_stats();
      room.set_room(rooms[i].str());
      room.set_users(stats[i].users);
      room.set_connections(stats[i].connections);
    }
  };
  call.node.GetPresenceStats(std::move(rooms), reply.Then<Stats>(std::move(write)));
}

edge::WatchPresenceCommand ReadWatch(const v1::WatchPresenceRequest& request, RequestCheck& check) {
  return {.rooms = check.Rooms("rooms", request.rooms(), kMaxWatchedRooms),
          .skip_snapshot = request.skip_snapshot()};
}

size_t WritePresenceEvent(const edge::PresenceEvent& event, size_t next,
                          v1::WatchPresenceResponse& response) {
  using Kind = edge::PresenceEvent::Kind;
  response.set_room(event.room.str());
  response.set_sequence(event.sequence);
  SetTime(event.unix_millis, *response.mutable_time());
  if (event.kind == Kind::kSnapshot) {
    return WriteSnapshot(event, next, *response.mutable_snapshot());
  }
  static const edge::PresenceConnection nobody;
  const edge::PresenceConnection& one =
      event.connections.empty() ? nobody : event.connections.front();
  switch (event.kind) {
    case Kind::kSnapshot:
      break;
    case Kind::kJoin:
      SetConnection(one, *response.mutable_join()->mutable_connection());
      response.mutable_join()->set_first_of_user(event.user_edge);
      break;
    case Kind::kLeave:
      SetConnection(one, *response.mutable_leave()->mutable_connection());
      response.mutable_leave()->set_last_of_user(event.user_edge);
      response.mutable_leave()->set_reason(static_cast<v1::LeaveReason>(event.reason));
      break;
    case Kind::kUpdate:
      SetConnection(one, *response.mutable_update()->mutable_connection());
      break;
  }
  return event.connections.size();
}

}  // namespace control
