// NodeApi: rooms and connections, listed.
#include <algorithm>
#include <charconv>
#include <map>

#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"

namespace edge {
namespace {

RoomEntry EntryOfRoom(const RoomName& name, const HomeSide::Room& room) {
  return {name, static_cast<uint32_t>(room.presence.users()),
          static_cast<uint32_t>(room.presence.connections()), room.home.offset(),
          room.home.epoch()};
}

// Where a list of connections goes on: they are ordered by shard and slot.
struct ConnectionCursor {
  uint32_t shard = 0;
  uint32_t slot = 0;
};

absl::StatusOr<ConnectionCursor> ReadCursor(const std::string& token) {
  absl::StatusOr<std::vector<std::string>> parts = ReadPageToken(token, 2);
  if (!parts.ok()) return parts.status();
  ConnectionCursor cursor;
  for (const auto& [text, value] :
       {std::pair(&(*parts)[0], &cursor.shard), {&(*parts)[1], &cursor.slot}}) {
    const char* const end = text->data() + text->size();
    if (!text->empty() && std::from_chars(text->data(), end, *value).ptr != end) {
      return absl::InvalidArgumentError("page_token is not the next_page_token of a page before");
    }
  }
  return cursor;
}

using Found = std::vector<ConnectionEntry>;

// About what the entry is in an answer.
size_t BytesOf(const ConnectionEntry& entry) {
  constexpr size_t kNumbers = 96;  // the ids, times and counts
  size_t bytes = kNumbers + entry.user.str().size() + entry.remote_address.size() +
                 entry.user_agent.size() + entry.protocol.size() + entry.transport.size() +
                 entry.info.size() + entry.node.size();
  for (const RoomName& room : entry.rooms) bytes += room.str().size() + 3;
  return bytes;
}

// How many of the entries go into one page: at least one, so that the next goes on behind it.
size_t CountOnPage(const Found& found, size_t size) {
  size_t bytes = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    bytes += BytesOf(found[i]);
    if (i == size || (i > 0 && bytes > kMaxPageBytes)) return i;
  }
  return found.size();
}

using RoomCounts = std::map<RoomName, uint32_t>;

bool BeginsWithOneOf(const std::vector<std::string>& prefixes, std::string_view room) {
  return prefixes.empty() || std::ranges::any_of(prefixes, [room](const std::string& prefix) {
           return room.starts_with(prefix);
         });
}

// Of one shard: the first that can be on the page, and one more that says that another follows.
RoomCounts RoomsOfUser(Hub& hub, const ListUserRoomsQuery& query, std::string_view after)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  RoomCounts counts;
  hub.ForEachOfUser(query.user.view(), [&](Session& session) {
    kOnShard.AssertHeld();
    hub.member().table().ForEachRoomOf(session.slot, [&](const RoomName& room) {
      if (room.view() <= after || !BeginsWithOneOf(query.prefixes, room.view())) return;
      ++counts[room];
      if (counts.size() > query.page.size + 1) counts.erase(std::prev(counts.end()));
    });
  });
  return counts;
}

}  // namespace

void Node::ListRooms(ListRoomsQuery query, Done<RoomPage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(query.page.token, 1);
  if (!after.ok()) return std::move(done)(after.status());
  using Rooms = std::vector<RoomEntry>;
  const size_t size = query.page.size;
  auto gather = std::make_shared<Gather<Rooms>>(
      [done = std::move(done), size](absl::StatusOr<Rooms> rooms) mutable {
        if (!rooms.ok()) return std::move(done)(rooms.status());
        std::ranges::sort(*rooms, {}, &RoomEntry::room);
        RoomPage page;
        if (rooms->size() > size) {
          rooms->resize(size);
          page.next_token = MakePageToken({rooms->back().room.str()});
        }
        page.rooms = *std::move(rooms);
        std::move(done)(std::move(page));
      });
  PostGatherAll(pool_, gather, [query, size, from = (*after)[0]](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    Rooms rooms;
    hub.home().PageRooms(query.prefix, from, [&](const RoomName& name, const HomeSide::Room& room) {
      rooms.push_back(EntryOfRoom(name, room));
      return rooms.size() <= size;
    });
    share->Update([&](Rooms& all) { all.insert(all.end(), rooms.begin(), rooms.end()); });
  });
}

void Node::ListUserRooms(ListUserRoomsQuery query, Done<UserRoomPage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(query.page.token, 1);
  if (!after.ok()) return std::move(done)(after.status());
  const size_t size = query.page.size;
  auto gather = std::make_shared<Gather<RoomCounts>>(
      [done = std::move(done), size](absl::StatusOr<RoomCounts> counts) mutable {
        if (!counts.ok()) return std::move(done)(counts.status());
        UserRoomPage page;
        for (const auto& [room, count] : *counts) {
          if (page.rooms.size() == size) {
            page.next_token = MakePageToken({page.rooms.back().room.str()});
            break;
          }
          page.rooms.push_back({room, count});
        }
        std::move(done)(std::move(page));
      });
  PostGatherAll(pool_, gather,
                [query = std::move(query), from = (*after)[0]](Hub& hub, auto& share) {
                  kOnShard.AssertHeld();
                  const RoomCounts counts = RoomsOfUser(hub, query, from);
                  share->Update([&](RoomCounts& all) {
                    for (const auto& [room, count] : counts) all[room] += count;
                  });
                });
}

ConnectionEntry Node::EntryOf(Hub& hub, const Session& session) const {
  const SessionDetails& details = *session.details;
  ConnectionEntry entry;
  entry.connection = hub.IdOf(session);
  entry.user = details.identity.user;
  entry.remote_address = details.remote_address;
  entry.user_agent = details.user_agent;
  entry.protocol = std::string(details.protocol->name());
  entry.transport = std::string(session.transport->name());
  entry.connected_unix_millis = details.connected_unix_millis;
  entry.expires_unix_millis = details.identity.expires_at_millis;
  hub.member().table().ForEachRoomOf(session.slot,
                                     [&](const RoomName& room) { entry.rooms.push_back(room); });
  std::ranges::sort(entry.rooms);
  entry.queued_bytes = session.outbound.bytes();
  entry.queued_messages = session.outbound.frames();
  entry.info = details.identity.info;
  entry.node = name_;
  return entry;
}

void Node::ListConnections(ListConnectionsQuery query, Done<ConnectionPage> done) {
  const absl::StatusOr<ConnectionCursor> cursor = ReadCursor(query.page.token);
  if (!cursor.ok()) return std::move(done)(cursor.status());
  const size_t size = query.page.size;
  auto gather = std::make_shared<Gather<Found>>(
      [done = std::move(done), size](absl::StatusOr<Found> found) mutable {
        if (!found.ok()) return std::move(done)(found.status());
        std::ranges::sort(*found, {}, [](const ConnectionEntry& entry) {
          return std::pair(entry.connection.shard, entry.connection.slot);
        });
        ConnectionPage page;
        const size_t count = CountOnPage(*found, size);
        if (found->size() > count) {
          const ConnectionId& next = (*found)[count].connection;
          page.next_token = MakePageToken({std::to_string(next.shard), std::to_string(next.slot)});
          found->resize(count);
        }
        page.connections = *std::move(found);
        std::move(done)(std::move(page));
      });
  PostGatherAll(pool_, gather, [this, query, size, from = *cursor](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    Found found;
    SessionTable& sessions = hub.sessions();
    const uint32_t shard = hub.shard().index();
    const uint32_t first = shard == from.shard ? from.slot : 0;
    if (shard < from.shard) return;
    size_t bytes = 0;
    for (uint32_t slot = first; slot < sessions.slot_bound() && found.size() <= size; ++slot) {
      // One more than fits has been found: where the next page begins.
      if (found.size() > 1 && bytes > kMaxPageBytes) break;
      const Session& session = sessions.At(slot);
      if (!session.live() || (query.user && session.user() != *query.user)) continue;
      if (query.room && !hub.member().table().Contains(query.room->view(), slot)) continue;
      found.push_back(EntryOf(hub, session));
      bytes += BytesOf(found.back());
    }
    share->Update([&](Found& all) { std::ranges::move(found, std::back_inserter(all)); });
  });
}

void Node::GetConnection(ConnectionId connection, Done<ConnectionEntry> done) {
  using Maybe = std::optional<ConnectionEntry>;
  Shard* const shard = ShardOf(connection);
  if (shard == nullptr) return std::move(done)(absl::NotFoundError("no such connection"));
  auto gather = std::make_shared<Gather<Maybe>>(
      [done = std::move(done)](absl::StatusOr<Maybe> found) mutable {
        if (!found.ok()) return std::move(done)(found.status());
        if (!found->has_value()) return std::move(done)(absl::NotFoundError("no such connection"));
        std::move(done)(**std::move(found));
      });
  PostGather(*shard, std::move(gather), [this, connection](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const Session* const session = hub.FindConnection(connection);
    if (session == nullptr) return;
    share->Update([&](Maybe& found) {
      kOnShard.AssertHeld();
      found = EntryOf(hub, *session);
    });
  });
}

}  // namespace edge
