#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "edge/base/shard_thread.h"
#include "edge/hub/home_request.h"
#include "edge/presence/presence_feed.h"
#include "edge/presence/presence_table.h"
#include "edge/room/history_keeper.h"
#include "edge/room/room_home.h"
#include "edge/session/shard_timer.h"

namespace edge {

class Hub;

// A client that reads: what excluded it is not for it.
struct HistoryReader {
  UserId user;
  ConnectionId connection;
};

// What of a room's history is wanted.
struct HistoryRange {
  // Exclusive; epoch 0: the room's present life. Nothing: from the end that is begun with.
  std::optional<RoomPosition> since;
  bool reverse = false;  // the newest first
  size_t most = 100;
  size_t most_bytes = size_t{1} << 20;  // of frames; one is given however large
  std::optional<HistoryReader> reader;  // nothing: a service
};

// How much of it there was.
struct HistorySlice {
  // kOutOfRange: `since` is of another life of the room, or
  // what came after it is not kept any more.
  absl::Status status;
  RoomPosition position;      // of the room's last publication
  uint64_t first_offset = 0;  // the oldest that is kept
  bool more = false;          // further ones in this direction
};

// The home side of a shard: the rooms whose hash lands on it. It alone orders a room: it gives the
// offsets, keeps the history and the presence, and knows which shards have members.
class HomeSide final : private DeadlineTimer {
 public:
  struct Room {
    explicit Room(uint64_t epoch) : home(epoch) {}
    RoomHome home;
    PresenceTable presence;
    PresenceFeed feed;
    std::unique_ptr<KeptRoom> kept;  // null: nothing outlives its members
    uint32_t deflating = 0;          // members whose clients read compressed messages
    bool idle() const { return home.empty() && !feed.watched() && kept == nullptr; }
  };

  explicit HomeSide(Hub& hub);
  // Before the shard's wheel goes.
  void Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Null: nobody is in the room, nobody watches it, and nothing is kept of it.
  const Room* Find(std::string_view room) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  void OnJoin(JoinRequest request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnLeave(const LeaveNotice& notice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnInfo(const RoomName& room, const ConnectionId& connection, std::string info)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Gives the message its place in the room, keeps it where the namespace has a history, and sends
  // it to the shards with members: to all of them or, when one has no room in its mailbox, to none.
  // `rules` (may be null) are what its publisher asked; `job` (may be null) counts into `part`.
  PublishOutcome Publish(const RoomName& name, const MessageBody& body,
                         std::shared_ptr<const PublishRules> rules = nullptr,
                         const std::shared_ptr<DeliveryJob>& job = nullptr, size_t part = 0)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Calls `visit` for the publications of the range whose time is not over, in its order; one for
  // which it returns false does not count.
  HistorySlice ReadHistory(
      std::string_view room, const HistoryRange& range,
      absl::FunctionRef<bool(uint64_t offset, const RoomHistory::Entry&)> visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Forgets the publications and keeps the position. False: there were none.
  bool RemoveHistory(std::string_view room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Begins a watch; `begun` gets the room (as it is before the first delta) and its sequence.
  void Watch(const RoomName& room, uint64_t watch, std::shared_ptr<PresenceSink> sink,
             absl::FunctionRef<void(const PresenceTable&, uint64_t sequence)> begun)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Unwatch(const RoomName& room, uint64_t watch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Rooms with members after the name `after` that begin with `prefix`, in order, until `visit`
  // returns false. O(log n + visited).
  void PageRooms(std::string_view prefix, std::string_view after,
                 absl::FunctionRef<bool(const RoomName&, const Room&)> visit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  size_t room_count() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) { return occupied_; }

 private:
  struct NameLess {
    using is_transparent = void;
    static std::string_view View(std::string_view v) { return v; }
    static std::string_view View(const RoomName& name) { return name.view(); }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return View(a) < View(b);
    }
  };

  // The sweep of what is too old.
  void OnDeadline() override;

  // The room a publication goes into. Null: nobody would ever see it.
  Room* FindForPublish(const RoomName& name, const PublishRules* rules)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // From now on the room outlives its members; it may keep publications.
  void Keep(const RoomName& name, Room& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // It was used: others may have to give way to it.
  void TouchKept(KeptRoom& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Its last member has left.
  void LeaveKept(Room& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool ForgetKept(KeptRoom& kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Remember(Room& room, const MessageBody& body, const Delivery& delivery)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // What a client that joins has missed.
  void Recover(Room& room, const JoinRequest& request, JoinReply& reply)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Adds the publications behind `after` to the reply. False: it would be too much.
  bool Replay(const RoomHistory& history, uint64_t after, const JoinRequest& request,
              JoinReply& reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  static absl::Status CheckSince(const HistoryRange& range, const HistorySlice& slice);
  void Visit(const RoomHistory& history, const HistoryRange& range,
             absl::FunctionRef<bool(uint64_t, const RoomHistory::Entry&)> visit,
             HistorySlice& slice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void CountKept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Room& Open(const RoomName& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void DropIfIdle(const RoomName& name, Room& room) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  absl::Status Enter(Room& room, JoinRequest& request, PresenceTable::Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Announce(const RoomName& name, Room& room, PresenceDelta::Kind kind,
                const PresenceTable::Change& change, LeaveReason reason)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Before they are sent: compresses once for the whole node, if any member wants it.
  void CompressFor(const Room& room, Delivery& delivery) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void SendToMembers(const Room& room, const std::shared_ptr<const Delivery>& delivery)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool MembersHaveRoom(const Room& room) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Hub& hub_;
  // Ordered, because pages are. The values of a btree move, hence the pointer.
  absl::btree_map<RoomName, std::unique_ptr<Room>, NameLess> rooms_ ABSL_GUARDED_BY(kOnShard);
  size_t occupied_ ABSL_GUARDED_BY(kOnShard) = 0;
  HistoryKeeper keeper_ ABSL_GUARDED_BY(kOnShard);
  // As /metrics has been told.
  size_t told_bytes_ ABSL_GUARDED_BY(kOnShard) = 0;
  size_t told_rooms_ ABSL_GUARDED_BY(kOnShard) = 0;
  uint64_t told_gave_way_ ABSL_GUARDED_BY(kOnShard) = 0;
};

}  // namespace edge
