// The home side: publications, what rooms keep of them, and what those get who come back.
#include <algorithm>

#include "edge/base/check.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"

namespace edge {
namespace {

constexpr int64_t kSweepMillis = 1000;

FramePtr Encode(const RoomName& room, const MessageBody& body, uint64_t offset,
                int64_t unix_millis) {
  Publication publication;
  publication.room = room.view();
  publication.offset = offset;
  publication.user = body.user;
  publication.kind = body.kind;
  publication.content = body.content;
  publication.tags = &body.tags;
  publication.unix_millis = unix_millis;
  return PlainProtocol().EncodePublication(publication);
}

}  // namespace

HomeSide::HomeSide(Hub& hub) : hub_(hub), keeper_(hub.context().settings.history_bytes) {}

void HomeSide::Clear() {
  hub_.shard().wheel().Cancel(*this);
}

HomeSide::Room* HomeSide::FindForPublish(const RoomName& name, const PublishRules* rules) {
  const auto found = rooms_.find(name);
  // One that is remembered goes on counting, so that nobody takes its last position for the
  // present.
  if (found != rooms_.end() && (!found->second->home.empty() || found->second->kept != nullptr)) {
    return found->second.get();
  }
  // Nobody is there. It is kept for those who come, or so that it is not published to them later.
  const bool has_key = rules != nullptr && rules->has_key();
  const bool has_history = hub_.context().policies->For(name.view()).history_size > 0;
  return has_key || has_history ? &Open(name) : nullptr;
}

PublishOutcome HomeSide::Publish(const RoomName& name, const MessageBody& body,
                                 std::shared_ptr<const PublishRules> rules,
                                 const std::shared_ptr<DeliveryJob>& job, size_t part) {
  Room* const found = FindForPublish(name, rules.get());
  if (found == nullptr) return {};
  Room& room = *found;
  if (rules != nullptr && rules->has_key()) {
    if (room.kept == nullptr) Keep(name, room);
    if (const auto earlier = room.kept->ledger.FindEarlier(*rules, hub_.unix_millis())) {
      hub_.metrics().publications_suppressed.Add();
      return {.position = *earlier, .suppressed = true};
    }
  }
  if (!MembersHaveRoom(room)) {
    hub_.metrics().publications_refused.Add();
    return {.status = absl::ResourceExhaustedError("a member shard's mailbox is full")};
  }
  const uint64_t offset = room.home.TakeOffset();
  auto delivery = std::make_shared<Delivery>();
  delivery->room = name;
  delivery->frames[0] = Encode(name, body, offset, hub_.unix_millis());
  delivery->rules = std::move(rules);
  if (room.kept != nullptr) Remember(room, body, *delivery);
  CompressFor(room, *delivery);
  if (job) {
    delivery->job = job;
    delivery->part = part;
    job->AddRef(static_cast<uint32_t>(room.home.shards().size()));
  }
  hub_.metrics().publications.Add();
  PublishOutcome outcome{.position = {room.home.epoch(), offset}};
  SendToMembers(room, std::move(delivery));
  return outcome;
}

void HomeSide::Remember(Room& room, const MessageBody& body, const Delivery& delivery) {
  KeptRoom& kept = *room.kept;
  const int64_t now = hub_.unix_millis();
  if (delivery.rules != nullptr) {
    kept.ledger.Record(*delivery.rules, {room.home.epoch(), room.home.offset()}, now);
  }
  if (kept.history_size > 0) {
    RoomHistory::Entry entry{.frame = delivery.frames[0], .unix_millis = now};
    const bool binary = body.kind == ContentKind::kBinary;
    if (binary || delivery.rules != nullptr) {
      auto extras = std::make_unique<RoomHistory::Extras>();
      extras->rules = delivery.rules;
      extras->binary = binary;
      if (binary) {
        extras->user = body.user;
        extras->tags = body.tags;
      }
      entry.extras = std::move(extras);
    }
    kept.history.Append(std::move(entry), kept.history_size);
    GATEHOUSE_CHECK(kept.history.last_offset() == room.home.offset(), "a history has a gap");
  }
  TouchKept(kept);
}

void HomeSide::Keep(const RoomName& name, Room& room) {
  const RoomPolicy& policy = hub_.context().policies->For(name.view());
  room.kept = std::make_unique<KeptRoom>(name, policy.history_size, policy.history_age_millis);
  TouchKept(*room.kept);
}

void HomeSide::TouchKept(KeptRoom& kept) {
  keeper_.Touch(kept, hub_.unix_millis(), [this](KeptRoom& other) {
    kOnShard.AssertHeld();
    return ForgetKept(other);
  });
  CountKept();
  if (!scheduled()) hub_.shard().wheel().Schedule(*this, hub_.now_millis() + kSweepMillis);
}

void HomeSide::LeaveKept(Room& room) {
  TouchKept(*room.kept);
  // One that has never said anything is the first to give way, so that joining and leaving any
  // number of rooms pushes out nobody's history.
  if (room.home.offset() == 0) keeper_.Demote(*room.kept);
}

bool HomeSide::ForgetKept(KeptRoom& kept) {
  const auto found = rooms_.find(kept.name);
  Room& room = *found->second;
  if (!room.home.empty() || room.feed.watched()) return false;
  keeper_.Remove(kept);
  rooms_.erase(found);
  return true;
}

void HomeSide::OnDeadline() {
  kOnShard.AssertHeld();
  const size_t rooms = keeper_.Sweep(hub_.unix_millis(), [this](KeptRoom& kept) {
    kOnShard.AssertHeld();
    return ForgetKept(kept);
  });
  CountKept();
  if (rooms > 0) hub_.shard().wheel().Schedule(*this, hub_.now_millis() + kSweepMillis);
}

void HomeSide::CountKept() {
  ShardMetrics& metrics = hub_.metrics();
  metrics.history_bytes.Add(
      static_cast<int64_t>(keeper_.bytes() - std::exchange(told_bytes_, keeper_.bytes())));
  metrics.history_rooms.Add(
      static_cast<int64_t>(keeper_.rooms() - std::exchange(told_rooms_, keeper_.rooms())));
  metrics.history_gave_way.Add(
      static_cast<int64_t>(keeper_.gave_way() - std::exchange(told_gave_way_, keeper_.gave_way())));
}

void HomeSide::Recover(Room& room, const JoinRequest& request, JoinReply& reply) {
  const RoomPosition now = reply.joined.position;
  const bool has_all = request.since == now;
  const bool has_history = room.kept != nullptr && room.kept->history_size > 0;
  if (!has_history || has_all) {
    if (request.since) reply.joined.recovered = has_all;
    return;
  }
  keeper_.Trim(*room.kept, hub_.unix_millis());
  TouchKept(*room.kept);
  const RoomHistory& history = room.kept->history;
  const RoomPolicy& policy = hub_.context().policies->For(request.room.view());
  if (policy.recovery == RoomPolicy::Recovery::kLastValue) {
    if (!history.empty()) Replay(history, now.offset - 1, request, reply);
    if (request.since) {
      reply.joined.recovered = request.since->epoch == now.epoch &&
                               request.since->offset + 1 == now.offset && !reply.replay.empty();
    }
    return;
  }
  if (!request.since) return;
  const bool known = request.since->epoch == now.epoch && history.Reaches(request.since->offset);
  reply.joined.recovered = known && Replay(history, request.since->offset, request, reply);
  hub_.metrics().recoveries.Add(*reply.joined.recovered ? 1 : 0);
  hub_.metrics().recoveries_failed.Add(*reply.joined.recovered ? 0 : 1);
}

bool HomeSide::Replay(const RoomHistory& history, uint64_t after, const JoinRequest& request,
                      JoinReply& reply) {
  size_t bytes = 0;
  const int64_t now = hub_.unix_millis();
  for (uint64_t offset = after + 1; offset <= history.last_offset(); ++offset) {
    const RoomHistory::Entry& entry = history.At(offset);
    if (!entry.frame || entry.ExpiredAt(now)) continue;
    if (entry.Excludes(request.user, request.connection)) continue;
    bytes += entry.frame->size();
    if (bytes > MemberSide::kMostReplayBytes) {
      reply.replay.clear();
      return false;
    }
    reply.replay.push_back(entry.frame);
  }
  return true;
}

HistorySlice HomeSide::ReadHistory(
    std::string_view name, const HistoryRange& range,
    absl::FunctionRef<bool(uint64_t, const RoomHistory::Entry&)> visit) {
  HistorySlice slice;
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) {
    if (range.since) slice.status = absl::OutOfRangeError("the room has been forgotten since");
    return slice;
  }
  Room& room = *found->second;
  static const RoomHistory nothing;
  const bool keeps = room.kept != nullptr && room.kept->history_size > 0;
  if (keeps) keeper_.Trim(*room.kept, hub_.unix_millis());
  const RoomHistory& history = keeps ? room.kept->history : nothing;
  slice.position = {room.home.epoch(), room.home.offset()};
  slice.first_offset = keeps ? history.first_offset() : slice.position.offset + 1;
  slice.status = CheckSince(range, slice);
  if (slice.status.ok() && keeps) Visit(history, range, visit, slice);
  return slice;
}

absl::Status HomeSide::CheckSince(const HistoryRange& range, const HistorySlice& slice) {
  if (!range.since) return absl::OkStatus();
  const bool known = range.since->epoch == 0 || range.since->epoch == slice.position.epoch;
  if (!known || range.since->offset > slice.position.offset) {
    return absl::OutOfRangeError("the position is of another life of the room");
  }
  if (range.reverse || range.since->offset + 1 >= slice.first_offset) return absl::OkStatus();
  return Error(absl::StatusCode::kOutOfRange, "the room's history begins at offset {}",
               slice.first_offset);
}

void HomeSide::Visit(const RoomHistory& history, const HistoryRange& range,
                     absl::FunctionRef<bool(uint64_t, const RoomHistory::Entry&)> visit,
                     HistorySlice& slice) {
  uint64_t at = range.reverse ? history.last_offset() : history.first_offset();
  if (range.since) at = range.reverse ? range.since->offset - 1 : range.since->offset + 1;
  size_t count = 0;
  size_t bytes = 0;
  const int64_t now = hub_.unix_millis();
  for (; at >= history.first_offset() && at <= history.last_offset(); range.reverse ? --at : ++at) {
    const RoomHistory::Entry& entry = history.At(at);
    if (!entry.frame || entry.ExpiredAt(now)) continue;
    if (range.reader && entry.Excludes(range.reader->user, range.reader->connection)) continue;
    const size_t with_this = bytes + entry.frame->size();
    if (count == range.most || (count > 0 && with_this > range.most_bytes)) {
      slice.more = true;
      return;
    }
    if (!visit(at, entry)) continue;
    ++count;
    bytes = with_this;
  }
}

bool HomeSide::RemoveHistory(std::string_view name) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || found->second->kept == nullptr) return false;
  KeptRoom& kept = *found->second->kept;
  if (kept.history.empty()) return false;
  kept.history.Clear();
  keeper_.Trim(kept, hub_.unix_millis());
  CountKept();
  return true;
}

}  // namespace edge
