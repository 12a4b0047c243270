#include "edge/hub/event_teller.h"

#include <utility>

#include "edge/events/event_log.h"
#include "edge/hub/hub.h"

namespace edge {

bool EventTeller::on() const {
  const EventLog* const log = hub_.context().events;
  return log != nullptr && log->active();
}

EdgeEvent EventTeller::Of(EdgeEvent::Kind kind, const Session& session) const {
  return {.kind = kind, .connection = hub_.IdOf(session), .user = session.user()};
}

void EventTeller::Append(EdgeEvent event) const {
  event.unix_millis = hub_.unix_millis();
  hub_.context().events->Append(std::move(event));
}

void EventTeller::Connected(const Session& session) {
  if (!on()) return;
  EdgeEvent event = Of(EdgeEvent::Kind::kConnected, session);
  event.info = session.details->identity.info;
  event.address = session.details->remote_address;
  Append(std::move(event));
  hub_.member().table().ForEachRoomOf(session.slot, [&](const RoomName& room) {
    kOnShard.AssertHeld();
    Joined(session, room);
  });
}

void EventTeller::Disconnected(const Session& session, LeaveReason why) {
  if (!on()) return;
  hub_.member().table().ForEachRoomOf(session.slot, [&](const RoomName& room) {
    kOnShard.AssertHeld();
    Left(session, room, why);
  });
  EdgeEvent event = Of(EdgeEvent::Kind::kDisconnected, session);
  event.code = session.details->close_code;
  event.reason = why;
  Append(std::move(event));
}

void EventTeller::Closing(const Session& session, EdgeEvent::Kind kind, uint16_t code,
                          std::string_view reason) {
  if (!on()) return;
  EdgeEvent event = Of(kind, session);
  event.code = code;
  event.text = std::string(reason);
  Append(std::move(event));
}

void EventTeller::Joined(const Session& session, const RoomName& room) {
  if (!on()) return;
  EdgeEvent event = Of(EdgeEvent::Kind::kJoined, session);
  event.room = room;
  event.info = session.details->identity.info;
  Append(std::move(event));
}

void EventTeller::Left(const Session& session, const RoomName& room, LeaveReason why) {
  if (!on()) return;
  EdgeEvent event = Of(EdgeEvent::Kind::kLeft, session);
  event.room = room;
  event.reason = why;
  Append(std::move(event));
}

void EventTeller::Room(EdgeEvent::Kind kind, const RoomName& room) {
  if (on()) Append({.kind = kind, .room = room});
}

void EventTeller::Updated(const Session& session, const RoomName& room) {
  if (!on()) return;
  EdgeEvent event = Of(EdgeEvent::Kind::kUpdated, session);
  event.room = room;
  event.info = session.details->identity.info;
  Append(std::move(event));
}

}  // namespace edge
