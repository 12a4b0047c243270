#include "control/list_handlers.h"

#include <utility>

#include "control/message_parts.h"
#include "control/request_check.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

// The names of the rooms that the caller may know of.
void WriteConnection(edge::ConnectionEntry entry, const edge::CallerScopes& scopes,
                     v1::ConnectionInfo& info) {
  info.set_connection(entry.connection.ToString());
  info.set_user(entry.user.str());
  info.set_remote_address(std::move(entry.remote_address));
  info.set_user_agent(std::move(entry.user_agent));
  info.set_protocol(std::move(entry.protocol));
  info.set_transport(std::move(entry.transport));
  SetTime(entry.connected_unix_millis, *info.mutable_connected());
  if (entry.expires_unix_millis != 0) SetTime(entry.expires_unix_millis, *info.mutable_expires());
  for (const edge::RoomName& room : entry.rooms) {
    if (scopes.MayNameRoom(room.view())) info.add_rooms(room.str());
  }
  info.set_queued_bytes(entry.queued_bytes);
  info.set_queued_messages(entry.queued_messages);
  info.set_info(std::move(entry.info));
  info.set_node(std::move(entry.node));
}

}  // namespace

void ListRooms(const CallContext& call, const v1::ListRoomsRequest& request,
               Reply<v1::ListRoomsResponse> reply) {
  RequestCheck check(call.scopes);
  if (request.prefix().empty()) check.NeedAllRooms("and without a prefix this lists all");
  check.OptionalRoom("prefix", request.prefix());
  edge::ListRoomsQuery query{.prefix = request.prefix(),
                             .page = check.Page(request.page_size(), request.page_token())};
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::RoomPage page, v1::ListRoomsResponse& response) {
    for (const edge::RoomEntry& entry : page.rooms) {
      v1::RoomInfo& room = *response.add_rooms();
      room.set_room(entry.room.str());
      room.set_users(entry.users);
      room.set_connections(entry.connections);
      room.set_offset(entry.offset);
      room.set_epoch(entry.epoch);
    }
    response.set_next_page_token(std::move(page.next_token));
  };
  call.node.ListRooms(std::move(query), reply.ThenPage<edge::RoomPage>(write));
}

void ListUserRooms(const CallContext& call, const v1::ListUserRoomsRequest& request,
                   Reply<v1::ListUserRoomsResponse> reply) {
  RequestCheck check(call.scopes);
  edge::ListUserRoomsQuery query{.user = check.User("user", request.user()),
                                 .prefixes = call.scopes.room_prefixes,
                                 .page = check.Page(request.page_size(), request.page_token())};
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::UserRoomPage page, v1::ListUserRoomsResponse& response) {
    for (const edge::UserRoom& from : page.rooms) {
      v1::UserRoom& room = *response.add_rooms();
      room.set_room(from.room.str());
      room.set_connections(from.connections);
    }
    response.set_next_page_token(std::move(page.next_token));
  };
  call.node.ListUserRooms(std::move(query), reply.ThenPage<edge::UserRoomPage>(write));
}

void ListConnections(const CallContext& call, const v1::ListConnectionsRequest& request,
                     Reply<v1::ListConnectionsResponse> reply) {
  RequestCheck check(call.scopes);
  if (request.room().empty()) check.NeedAllRooms("and without a room this lists those of all");
  edge::ListConnectionsQuery query{.user = check.OptionalUser("user", request.user()),
                                   .room = check.OptionalRoom("room", request.room()),
                                   .page = check.Page(request.page_size(), request.page_token())};
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [&scopes = call.scopes](edge::ConnectionPage page,
                                       v1::ListConnectionsResponse& response) {
    for (edge::ConnectionEntry& entry : page.connections) {
      WriteConnection(std::move(entry), scopes, *response.add_connections());
    }
    response.set_next_page_token(std::move(page.next_token));
  };
  call.node.ListConnections(std::move(query), reply.ThenPage<edge::ConnectionPage>(write));
}

void GetConnection(const CallContext& call, const v1::GetConnectionRequest& request,
                   Reply<v1::GetConnectionResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and a connection is not bounded by rooms");
  const edge::ConnectionId connection = check.Connection("connection", request.connection());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [&scopes = call.scopes](edge::ConnectionEntry entry,
                                       v1::GetConnectionResponse& response) {
    WriteConnection(std::move(entry), scopes, *response.mutable_connection());
  };
  call.node.GetConnection(connection, reply.Then<edge::ConnectionEntry>(write));
}

}  // namespace control
