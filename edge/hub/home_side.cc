#include "edge/hub/home_side.h"

#include <algorithm>

#include "edge/base/check.h"
#include "edge/base/random.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"

namespace edge {
namespace {

uint64_t NewEpoch() {
  uint64_t epoch = SecureRandom64();
  while (epoch == 0) epoch = SecureRandom64();  // 0 says "none"
  return epoch;
}

}  // namespace

const HomeSide::Room* HomeSide::Find(std::string_view room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? nullptr : found->second.get();
}

HomeSide::Room& HomeSide::Open(const RoomName& name) {
  auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    found = rooms_.emplace(name, std::make_unique<Room>(NewEpoch())).first;
  }
  // Others may be forgotten for its sake, which moves the table's entries but not the room.
  Room& room = *found->second;
  if (room.kept == nullptr && hub_.context().policies->For(name.view()).history_size > 0) {
    Keep(name, room);
  }
  return room;
}

void HomeSide::DropIfIdle(const RoomName& name, Room& room) {
  if (room.idle()) rooms_.erase(name);
}

absl::Status HomeSide::Enter(Room& room, JoinRequest& request, PresenceTable::Change& change) {
  const RoomPolicy& policy = hub_.context().policies->For(request.room.view());
  if (room.presence.connections() >= policy.max_members) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "the room has {} members, limit {} (max_members)", room.presence.connections(),
                 policy.max_members);
  }
  auto added = room.presence.Add(
      {request.connection, request.user, std::move(request.info), hub_.unix_millis()});
  // Its leave is on the way here still, behind this request.
  if (!added) return absl::UnavailableError("the session is still leaving the room; try again");
  change = *std::move(added);
  if (room.home.empty()) {
    ++occupied_;
    hub_.metrics().rooms.Add(1);
    hub_.events().Room(EdgeEvent::Kind::kOccupied, request.room);
  }
  room.home.MemberJoined(request.session.shard);
  room.deflating += request.deflate ? 1 : 0;
  return absl::OkStatus();
}

void HomeSide::OnJoin(JoinRequest request) {
  Room& room = Open(request.room);
  // A watched room that was empty has forgotten its position as any empty room.
  if (room.home.empty() && room.kept == nullptr) room.home = RoomHome(NewEpoch());
  PresenceTable::Change change;
  JoinReply reply{.room = request.room,
                  .session = request.session,
                  .connection = request.connection,
                  .ticket = request.ticket};
  const ShardIndex member = request.session.shard;
  reply.status = Enter(room, request, change);
  reply.joined.position = {room.home.epoch(), room.home.offset()};
  const bool entered = reply.status.ok();
  if (entered) Recover(room, request, reply);
  const RoomName name = reply.room;
  if (!entered) DropIfIdle(name, room);
  // The reply goes first: what is announced and published from here on reaches the new member too.
  if (member == hub_.shard().index()) {
    hub_.member().OnJoinReply(reply);
  } else {
    hub_.shard().PostReply(member, [reply = std::move(reply)](Hub& hub) {
      kOnShard.AssertHeld();
      hub.member().OnJoinReply(reply);
    });
  }
  if (!entered) return;
  // The reply may have made the session leave again at once, and the room with it.
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  Announce(name, *found->second, PresenceDelta::Kind::kJoin, change, LeaveReason::kUnknown);
}

void HomeSide::OnLeave(const LeaveNotice& notice) {
  const auto found = rooms_.find(notice.room);
  if (found == rooms_.end()) return;
  Room& room = *found->second;
  const auto change = room.presence.Remove(notice.connection);
  if (!change) return;
  room.home.MemberLeft(notice.connection.shard);
  room.deflating -= notice.deflate ? 1 : 0;
  if (room.home.empty()) {
    --occupied_;
    hub_.metrics().rooms.Add(-1);
    hub_.events().Room(EdgeEvent::Kind::kVacated, notice.room);
  }
  Announce(notice.room, room, PresenceDelta::Kind::kLeave, *change, notice.reason);
  // From here on it is remembered for as long as its namespace says.
  if (room.home.empty() && room.kept != nullptr) LeaveKept(room);
  DropIfIdle(notice.room, room);
}

void HomeSide::OnInfo(const RoomName& name, const ConnectionId& connection, std::string info) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  Room& room = *found->second;
  const auto change = room.presence.UpdateInfo(connection, std::move(info));
  if (!change) return;
  Announce(name, room, PresenceDelta::Kind::kUpdate, *change, LeaveReason::kUnknown);
}

void HomeSide::Announce(const RoomName& name, Room& room, PresenceDelta::Kind kind,
                        const PresenceTable::Change& change, LeaveReason reason) {
  if (room.feed.watched()) {
    room.feed.Publish({.kind = kind,
                       .room = name,
                       .change = change,
                       .reason = reason,
                       .unix_millis = hub_.unix_millis()});
  }
  // Members hear of users, not of each tab: the first connection joins, the last leaves.
  if (kind == PresenceDelta::Kind::kUpdate || !change.user_edge || room.home.empty()) return;
  if (!hub_.context().policies->For(name.view()).join_leave) return;
  auto delivery = std::make_shared<Delivery>();
  delivery->room = name;
  delivery->frames[0] =
      PlainProtocol().EncodeMemberEvent({.joined = kind == PresenceDelta::Kind::kJoin,
                                         .room = name.view(),
                                         .user = change.entry.user.view(),
                                         .info = change.entry.info,
                                         .unix_millis = hub_.unix_millis()});
  // An event that does not fit is dropped for all: presence can be asked for.
  if (!MembersHaveRoom(room)) return;
  CompressFor(room, *delivery);
  SendToMembers(room, std::move(delivery));
}

void HomeSide::CompressFor(const Room& room, Delivery& delivery) {
  if (room.deflating == 0) return;
  delivery.deflated = hub_.deflater().Compress(delivery.frames[0]->bytes(), kMaxWindowBits);
}

bool HomeSide::MembersHaveRoom(const Room& room) const {
  const ShardIndex self = hub_.shard().index();
  return std::ranges::all_of(room.home.shards(), [&](const RoomHome::Shard& member) {
    return member.shard == self || hub_.shard().FreeTo(member.shard) > 0;
  });
}

void HomeSide::SendToMembers(const Room& room, const std::shared_ptr<const Delivery>& delivery) {
  const ShardIndex self = hub_.shard().index();
  bool here = false;
  for (const RoomHome::Shard& member : room.home.shards()) {
    if (member.shard == self) {
      here = true;
      continue;
    }
    const bool posted = hub_.shard().Post(member.shard, [delivery](Hub& hub) {
      kOnShard.AssertHeld();
      hub.member().FanOut(*delivery);
    });
    GATEHOUSE_CHECK(posted, "a member shard took less than it said");
  }
  if (here) hub_.member().FanOut(*delivery);
}

void HomeSide::Watch(const RoomName& name, uint64_t watch, std::shared_ptr<PresenceSink> sink,
                     absl::FunctionRef<void(const PresenceTable&, uint64_t)> begun) {
  Room& room = Open(name);
  begun(room.presence, room.feed.sequence());
  room.feed.Watch(watch, std::move(sink));
}

void HomeSide::Unwatch(const RoomName& name, uint64_t watch) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  Room& room = *found->second;
  room.feed.Unwatch(watch);
  if (room.home.empty() && room.kept != nullptr) LeaveKept(room);
  DropIfIdle(name, room);
}

void HomeSide::PageRooms(std::string_view prefix, std::string_view after,
                         absl::FunctionRef<bool(const RoomName&, const Room&)> visit) const {
  auto at = after < prefix ? rooms_.lower_bound(prefix) : rooms_.upper_bound(after);
  for (; at != rooms_.end() && at->first.view().starts_with(prefix); ++at) {
    if (at->second->home.empty()) continue;
    if (!visit(at->first, *at->second)) return;
  }
}

}  // namespace edge
