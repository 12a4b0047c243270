#include "edge/node/node_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "edge/hub/hub.h"
#include "edge/node/node.h"

namespace edge {
namespace {

// A response stays below the 4 MiB that callers take by default.
constexpr size_t kBytesOfChunk = size_t{1} << 20;
constexpr size_t kRestOfEntry = 96;  // ids, times, the fields' tags
constexpr uint64_t kEventsOfToken = 1000;

size_t BytesOf(const EventConnection& connection) {
  size_t bytes = kRestOfEntry + connection.user.view().size() + connection.info.size() +
                 connection.address.size();
  for (const RoomName& room : connection.rooms) bytes += room.view().size() + 3;
  return bytes;
}

uint64_t PartKey(uint8_t shard, uint32_t part) {
  return uint64_t{shard} << 32 | part;
}

bool MatchesRoom(const EventFilter& filter, std::string_view room) {
  return room.starts_with(filter.room_prefix);
}

bool MatchesUser(const EventFilter& filter, const UserId& user) {
  return filter.users.empty() || std::ranges::find(filter.users, user) != filter.users.end();
}

bool Matches(const EventFilter& filter, const EdgeEvent& event) {
  const auto kind = static_cast<uint32_t>(event.kind);
  if (filter.kinds != 0 && (filter.kinds >> kind & 1U) == 0) return false;
  if (!filter.users.empty() && (event.user.empty() || !MatchesUser(filter, event.user))) {
    return false;
  }
  // What happens to a connection and in no room is for those who watch all rooms.
  return filter.room_prefix.empty() ||
         (!event.room.empty() && MatchesRoom(filter, event.room.view()));
}

}  // namespace

NodeEventFeed::NodeEventFeed(ShardPool& pool, EventLog& log, const Clock& clock, uint32_t nonce,
                             WatchEventsCommand command, std::function<void()> wake)
    : pool_(pool),
      log_(log),
      clock_(clock),
      nonce_(nonce),
      command_(std::move(command)),
      wake_(std::move(wake)) {}

NodeEventFeed::~NodeEventFeed() {
  Stop();
  log_.CancelWait(this);  // of a Next that came together with Stop
}

void NodeEventFeed::Stop() {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    parts_.clear();
  }
  log_.CancelWait(this);
  log_.RemoveWatcher(clock_.UnixMillis());
}

bool NodeEventFeed::ReadToken(uint64_t& sequence) const {
  const std::string& token = command_.resume_token;
  const std::string prefix = fmt::format("{:08x}:", nonce_);
  if (!token.starts_with(prefix)) return false;
  const char* const end = token.data() + token.size();
  const auto read = std::from_chars(token.data() + prefix.size(), end, sequence);
  return read.ec == std::errc() && read.ptr == end;
}

std::string NodeEventFeed::Token() const {
  return fmt::format("{:08x}:{}", nonce_, cursor_);
}

void NodeEventFeed::Begin() {
  const uint64_t last = log_.AddWatcher();
  const MutexLock lock(mutex_);
  cursor_ = last;
  if (command_.resume_token.empty()) {
    if (command_.snapshot) BeginSnapshot();
    return;
  }
  uint64_t sequence = 0;
  if (ReadToken(sequence) && !log_.Read(sequence, 1).gap) {
    cursor_ = sequence;
    return;
  }
  gap_ = true;
  BeginSnapshot();
}

void NodeEventFeed::BeginSnapshot() {
  cursor_ = log_.last();
  covered_until_ = cursor_;
  parts_.clear();
  covered_.clear();
  shards_left_ = pool_.size();
  token_told_ = std::nullopt;
  const uint64_t round = ++round_;
  for (size_t i = 0; i < pool_.size(); ++i) {
    const bool posted = pool_.at(static_cast<ShardIndex>(i))
                            .PostExternal([feed = shared_from_this(), round](Hub& hub) {
                              kOnShard.AssertHeld();
                              Collect(feed, hub, 0, round);
                            });
    if (!posted) lost_ = true;
  }
}

void NodeEventFeed::Collect(const std::shared_ptr<NodeEventFeed>& feed, Hub& hub,
                            uint32_t first_slot, uint64_t round) {
  kOnShard.AssertHeld();
  SessionTable& sessions = hub.sessions();
  const uint32_t end = std::min(first_slot + kSlotsOfPart, sessions.slot_bound());
  Part part{.shard = static_cast<uint8_t>(hub.shard().index()),
            .first_slot = first_slot,
            .sequence = feed->log_.last()};
  for (uint32_t slot = first_slot; slot < end; ++slot) {
    const Session& session = sessions.At(slot);
    if (session.state != SessionState::kOpen) continue;
    if (!MatchesUser(feed->command_.filter, session.user())) continue;
    EventConnection connection{.connection = hub.IdOf(session),
                               .user = session.user(),
                               .info = session.details->identity.info,
                               .address = session.details->remote_address,
                               .connected_unix_millis = session.details->connected_unix_millis};
    hub.member().table().ForEachRoomOf(slot, [&](const RoomName& room) {
      if (MatchesRoom(feed->command_.filter, room.view())) connection.rooms.push_back(room);
    });
    if (connection.rooms.empty() && !feed->command_.filter.room_prefix.empty()) continue;
    part.connections.push_back(std::move(connection));
  }
  const bool last = end == sessions.slot_bound();
  if (!feed->OnPart(std::move(part), last, round) || last) return;
  // In a turn of its own, so that what waits for the shard goes between.
  hub.EndTurnSoon();
  const bool posted = hub.shard().PostExternal([feed, end, round](Hub& again) {
    kOnShard.AssertHeld();
    Collect(feed, again, end, round);
  });
  if (!posted) feed->OnLost(round);
}

bool NodeEventFeed::OnPart(Part part, bool last, uint64_t round) {
  {
    const MutexLock lock(mutex_);
    if (stopped_ || round != round_) return false;
    covered_[PartKey(part.shard, part.first_slot / kSlotsOfPart)] = part.sequence;
    covered_until_ = std::max(covered_until_, part.sequence);
    parts_.push_back(std::move(part));
    if (last) --shards_left_;
  }
  wake_();
  return true;
}

void NodeEventFeed::OnLost(uint64_t round) {
  {
    const MutexLock lock(mutex_);
    if (round == round_) lost_ = true;
  }
  wake_();
}

EventChunk NodeEventFeed::Next(size_t most) {
  bool caught_up = false;
  uint64_t cursor = 0;
  EventChunk chunk;
  {
    const MutexLock lock(mutex_);
    if (lost_) {
      chunk.end = absl::ResourceExhaustedError("a shard's mailbox is full");
    } else if (std::exchange(gap_, false)) {
      chunk.kind = EventChunk::Kind::kGap;
    } else if (shards_left_ > 0 || !parts_.empty()) {
      chunk = NextOfSnapshot();
    } else {
      chunk = NextOfLog(most, caught_up);
    }
    cursor = cursor_;
  }
  if (caught_up) log_.Wait(this, cursor, wake_);
  return chunk;
}

EventChunk NodeEventFeed::NextOfSnapshot() {
  if (parts_.empty()) return {};
  EventChunk chunk{.kind = EventChunk::Kind::kSnapshot};
  std::vector<EventConnection>& rest = parts_.back().connections;
  size_t bytes = 0;
  while (!rest.empty() && bytes < kBytesOfChunk) {
    bytes += BytesOf(rest.back());
    chunk.connections.push_back(std::move(rest.back()));
    rest.pop_back();
  }
  if (rest.empty()) parts_.pop_back();
  chunk.more = shards_left_ > 0 || !parts_.empty();
  return chunk;
}

bool NodeEventFeed::IsCovered(const EdgeEvent& event) const {
  if (event.user.empty()) return false;
  const ConnectionId& id = event.connection;
  const auto found = covered_.find(PartKey(id.shard, id.slot / kSlotsOfPart));
  return found != covered_.end() && event.sequence <= found->second;
}

EventChunk NodeEventFeed::NextOfLog(size_t most, bool& caught_up) {
  while (true) {
    EventLog::Batch batch = log_.Read(cursor_, most);
    if (batch.gap) {
      BeginSnapshot();
      return {.kind = EventChunk::Kind::kGap};
    }
    if (!batch.events.empty()) TakeSome(batch);
    // From here on the number says all; before, what the parts of a snapshot cover differs.
    const bool exact = cursor_ >= covered_until_;
    if (exact) covered_.clear();
    const bool nothing = batch.events.empty();
    caught_up = nothing && cursor_ == log_.last();
    // A token is owed behind a snapshot, at the beginning, and now and then while a filter lets
    // nothing through: with an old one its watcher could not go on.
    const bool owed = exact && (!token_told_ || cursor_ - *token_told_ >= kEventsOfToken);
    if (nothing && owed) caught_up = false;
    if (nothing && !owed) {
      if (caught_up) return {};
      continue;
    }
    if (exact) token_told_ = cursor_;
    return {.kind = EventChunk::Kind::kEvents,
            .events = std::move(batch.events),
            .token = exact ? Token() : ""};
  }
}

void NodeEventFeed::TakeSome(EventLog::Batch& batch) {
  std::vector<EventLog::EventPtr> taken;
  size_t bytes = 0;
  for (EventLog::EventPtr& event : batch.events) {
    if (bytes >= kBytesOfChunk) break;
    cursor_ = event->sequence;
    if (!Matches(command_.filter, *event) || IsCovered(*event)) continue;
    bytes +=
        event->info.size() + event->room.view().size() + event->user.view().size() + kRestOfEntry;
    taken.push_back(std::move(event));
  }
  batch.events = std::move(taken);
}

std::shared_ptr<EventFeed> Node::WatchEvents(WatchEventsCommand command,
                                             std::function<void()> wake) {
  auto feed = std::make_shared<NodeEventFeed>(pool_, events_, clock_, hub_context_.node_nonce,
                                              std::move(command), std::move(wake));
  feed->Begin();
  return feed;
}

}  // namespace edge
