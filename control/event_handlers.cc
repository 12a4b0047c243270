#include "control/event_handlers.h"

#include <fmt/format.h>

#include <utility>

#include "control/message_parts.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

using Kind = edge::EdgeEvent::Kind;
static_assert(static_cast<int>(Kind::kConnected) == v1::EVENT_TYPE_CONNECTED);
static_assert(static_cast<int>(Kind::kVacated) == v1::EVENT_TYPE_VACATED);
static_assert(static_cast<int>(Kind::kSlow) == v1::EVENT_TYPE_SLOW);

constexpr size_t kMaxResumeToken = 64;

void WriteEvent(const edge::EdgeEvent& from, v1::Event& event) {
  event.set_type(static_cast<v1::EventType>(from.kind));
  event.set_sequence(from.sequence);
  SetTime(from.unix_millis, *event.mutable_time());
  if (!from.user.empty()) {
    event.set_connection(from.connection.ToString());
    event.set_user(from.user.str());
  }
  event.set_room(from.room.str());
  event.set_info(from.info);
  event.set_address(from.address);
  event.set_code(from.code);
  event.set_reason(static_cast<v1::LeaveReason>(from.reason));
  event.set_text(from.text);
}

void WriteConnection(edge::EventConnection from, v1::EventConnection& connection) {
  connection.set_connection(from.connection.ToString());
  connection.set_user(from.user.str());
  connection.set_info(std::move(from.info));
  connection.set_address(std::move(from.address));
  SetTime(from.connected_unix_millis, *connection.mutable_connected());
  for (const edge::RoomName& room : from.rooms) connection.add_rooms(room.str());
}

}  // namespace

edge::WatchEventsCommand ReadEventWatch(const v1::WatchEventsRequest& request,
                                        RequestCheck& check) {
  edge::WatchEventsCommand command{.snapshot = request.snapshot(),
                                   .resume_token = request.resume_token()};
  for (int i = 0; i < request.types_size(); ++i) {
    const auto type = request.types(i);
    if (type < v1::EVENT_TYPE_CONNECTED || type > v1::EVENT_TYPE_SLOW) {
      check.Refuse(FieldPath("types", i), "is no EventType that this server knows");
    } else {
      command.filter.kinds |= 1U << static_cast<uint32_t>(type);
    }
  }
  if (request.room_prefix().empty()) check.NeedAllRooms("and without a prefix this tells of all");
  check.OptionalRoom("room_prefix", request.room_prefix());
  command.filter.room_prefix = request.room_prefix();
  command.filter.users = check.Users("users", request.users());
  if (request.resume_token().size() > kMaxResumeToken) {
    check.Refuse("resume_token", fmt::format("is {} bytes, limit {}", request.resume_token().size(),
                                             kMaxResumeToken));
  }
  return command;
}

void WriteEvents(edge::EventChunk chunk, v1::WatchEventsResponse& response) {
  response.set_resume_token(std::move(chunk.token));
  switch (chunk.kind) {
    case edge::EventChunk::Kind::kNothing:
      return;
    case edge::EventChunk::Kind::kGap:
      response.mutable_gap();
      return;
    case edge::EventChunk::Kind::kSnapshot: {
      v1::EventSnapshot& snapshot = *response.mutable_snapshot();
      for (edge::EventConnection& connection : chunk.connections) {
        WriteConnection(std::move(connection), *snapshot.add_connections());
      }
      snapshot.set_more(chunk.more);
      return;
    }
    case edge::EventChunk::Kind::kEvents:
      for (const auto& event : chunk.events) {
        WriteEvent(*event, *response.mutable_events()->add_events());
      }
      return;
  }
}

}  // namespace control
