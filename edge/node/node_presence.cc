// NodeApi: who is in a room, now and as it changes.
#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"

namespace edge {
namespace {

constexpr size_t kSnapshotPart = 500;

PresenceConnection ConnectionOf(const PresenceEntry& entry) {
  return {entry.connection, entry.user, entry.info, entry.joined_unix_millis};
}

// About what an entry is in an answer beside its texts: the id, the time, the tags.
constexpr size_t kRestOfEntry = 64;

void FillUsers(const PresenceTable& table, const std::string& after, size_t limit,
               PresencePage& page) {
  size_t bytes = 0;
  table.PageUsers(after, [&](const PresenceTable::User& user) {
    if (page.users.size() == limit || bytes > kMaxPageBytes) {
      page.next_token = MakePageToken({page.users.back().user.str(), ""});
      return false;
    }
    page.users.push_back(
        {UserId(user.user), user.connections, std::string(user.info), user.joined_unix_millis});
    bytes += user.user.size() + user.info.size() + kRestOfEntry;
    return true;
  });
}

void FillConnections(const PresenceTable& table, const std::string& after_user,
                     const ConnectionId& after, size_t limit, PresencePage& page) {
  size_t bytes = 0;
  table.PageConnections(after_user, after, [&](const PresenceEntry& entry) {
    if (page.connections.size() == limit || bytes > kMaxPageBytes) {
      const PresenceConnection& last = page.connections.back();
      page.next_token = MakePageToken({last.user.str(), last.connection.ToString()});
      return false;
    }
    page.connections.push_back(ConnectionOf(entry));
    bytes += entry.user.str().size() + entry.info.size() + kRestOfEntry;
    return true;
  });
}

// Turns the deltas of one room into a watcher's events.
class RoomWatch final : public PresenceSink {
 public:
  RoomWatch(RoomName room, std::shared_ptr<PresenceWatcher> watcher)
      : room_(std::move(room)), watcher_(std::move(watcher)) {}

  bool OnDelta(const PresenceDelta& delta) override {
    auto event = std::make_shared<PresenceEvent>();
    switch (delta.kind) {
      case PresenceDelta::Kind::kJoin:
        event->kind = PresenceEvent::Kind::kJoin;
        break;
      case PresenceDelta::Kind::kLeave:
        event->kind = PresenceEvent::Kind::kLeave;
        break;
      case PresenceDelta::Kind::kUpdate:
        event->kind = PresenceEvent::Kind::kUpdate;
        break;
    }
    event->room = room_;
    event->sequence = delta.sequence;
    event->unix_millis = delta.unix_millis;
    event->connections.push_back(ConnectionOf(delta.change.entry));
    event->user_edge = delta.change.user_edge;
    event->reason = delta.reason;
    return watcher_->OnPresence(std::move(event));
  }

  // False: the watcher cannot take it.
  bool SendSnapshot(const PresenceTable& table, uint64_t sequence, bool skip, int64_t unix_millis) {
    auto part = NewPart(table, sequence, unix_millis);
    bool taken = true;
    if (!skip) {
      table.PageConnections({}, {}, [&](const PresenceEntry& entry) {
        if (part->connections.size() == kSnapshotPart) {
          part->more = true;
          taken = watcher_->OnPresence(std::move(part));
          part = NewPart(table, sequence, unix_millis);
        }
        part->connections.push_back(ConnectionOf(entry));
        return taken;
      });
    }
    return taken && watcher_->OnPresence(std::move(part));
  }

 private:
  std::shared_ptr<PresenceEvent> NewPart(const PresenceTable& table, uint64_t sequence,
                                         int64_t unix_millis) const {
    auto part = std::make_shared<PresenceEvent>();
    part->room = room_;
    part->sequence = sequence;
    part->unix_millis = unix_millis;
    part->stats = {static_cast<uint32_t>(table.users()),
                   static_cast<uint32_t>(table.connections())};
    return part;
  }

  RoomName room_;
  std::shared_ptr<PresenceWatcher> watcher_;
};

}  // namespace

void Node::GetPresence(PresenceQuery query, Done<PresencePage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(query.page.token, 2);
  if (!after.ok()) return std::move(done)(after.status());
  const ConnectionId after_connection = ConnectionId::Parse((*after)[1]).value_or(ConnectionId());
  Shard& home = pool_.at(pool_.HomeOf(query.room.view()));
  auto gather = std::make_shared<Gather<PresencePage>>(std::move(done));
  PostGather(home, std::move(gather),
             [query = std::move(query), after_user = (*after)[0], after_connection](Hub& hub,
                                                                                    auto& share) {
               kOnShard.AssertHeld();
               const HomeSide::Room* const room = hub.home().Find(query.room.view());
               if (room == nullptr) return;
               share->Update([&](PresencePage& page) {
                 page.user_count = static_cast<uint32_t>(room->presence.users());
                 page.connection_count = static_cast<uint32_t>(room->presence.connections());
                 if (query.detail == PresenceDetail::kUsers) {
                   FillUsers(room->presence, after_user, query.page.size, page);
                 } else if (query.detail == PresenceDetail::kConnections) {
                   FillConnections(room->presence, after_user, after_connection, query.page.size,
                                   page);
                 }
               });
             });
}

void Node::GetPresenceStats(std::vector<RoomName> rooms, Done<std::vector<PresenceStats>> done) {
  using Stats = std::vector<PresenceStats>;
  const auto shared = std::make_shared<const std::vector<RoomName>>(std::move(rooms));
  auto gather = std::make_shared<Gather<Stats>>(std::move(done));
  gather->Update([&](Stats& stats) { stats.resize(shared->size()); });
  PostGatherAll(pool_, gather, [shared](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    share->Update([&](Stats& stats) {
      kOnShard.AssertHeld();
      for (size_t i = 0; i < shared->size(); ++i) {
        const std::string_view name = (*shared)[i].view();
        if (hub.shard().HomeOf(name) != hub.shard().index()) continue;
        if (const HomeSide::Room* room = hub.home().Find(name)) {
          stats[i] = {static_cast<uint32_t>(room->presence.users()),
                      static_cast<uint32_t>(room->presence.connections())};
        }
      }
    });
  });
}

WatchId Node::WatchPresence(WatchPresenceCommand command,
                            std::shared_ptr<PresenceWatcher> watcher) {
  const WatchId watch = next_watch_.fetch_add(1, std::memory_order_relaxed);
  {
    const MutexLock lock(watches_mutex_);
    watches_.emplace(watch, command.rooms);
  }
  for (RoomName& room : command.rooms) {
    Shard& home = pool_.at(pool_.HomeOf(room.view()));
    auto sink = std::make_shared<RoomWatch>(room, watcher);
    const bool posted =
        home.PostExternal([room, sink, watch, skip = command.skip_snapshot](Hub& hub) {
          kOnShard.AssertHeld();
          bool taken = true;
          hub.home().Watch(room, watch, sink, [&](const PresenceTable& table, uint64_t sequence) {
            taken = sink->SendSnapshot(table, sequence, skip, hub.unix_millis());
          });
          if (!taken) hub.home().Unwatch(room, watch);
        });
    if (!posted)
      watcher->OnWatchEnd(absl::ResourceExhaustedError("the room's shard's mailbox is full"));
  }
  return watch;
}

void Node::StopWatch(WatchId watch) {
  std::vector<RoomName> rooms;
  {
    const MutexLock lock(watches_mutex_);
    const auto found = watches_.find(watch);
    if (found == watches_.end()) return;
    rooms = std::move(found->second);
    watches_.erase(found);
  }
  for (const RoomName& room : rooms) {
    // When the mailbox is full the watch ends by its watcher, which takes nothing any more.
    pool_.at(pool_.HomeOf(room.view())).PostExternal([room, watch](Hub& hub) {
      kOnShard.AssertHeld();
      hub.home().Unwatch(room, watch);
    });
  }
}

}  // namespace edge
