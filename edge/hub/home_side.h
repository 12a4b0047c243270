#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "edge/base/shard_thread.h"
#include "edge/hub/home_request.h"
#include "edge/presence/presence_feed.h"
#include "edge/presence/presence_table.h"
#include "edge/room/room_home.h"

namespace edge {

class Hub;

// The home side of a shard: the rooms whose hash lands on it. It alone orders a room: it gives the
// offsets, keeps the presence, and knows which shards have members.
class HomeSide {
 public:
  struct Room {
    explicit Room(uint64_t epoch) : home(epoch) {}
    RoomHome home;
    PresenceTable presence;
    PresenceFeed feed;
    uint32_t deflating = 0;  // members whose clients read compressed messages
    bool idle() const { return home.empty() && !feed.watched(); }
  };

  explicit HomeSide(Hub& hub) : hub_(hub) {}

  // Null: nobody is in the room, and nobody watches it.
  const Room* Find(std::string_view room) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  void OnJoin(JoinRequest request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnLeave(const LeaveNotice& notice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnInfo(const RoomName& room, const ConnectionId& connection, std::string info)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Gives the message its place in the room and sends it to the shards with members: to all of them
  // or, when one has no room in its mailbox, to none. `job` (may be null) counts into `part`.
  PublishOutcome Publish(const RoomName& name, const MessageBody& body,
                         std::shared_ptr<const Exclusions> exclusions = nullptr,
                         const std::shared_ptr<DeliveryJob>& job = nullptr, size_t part = 0)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

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
};

}  // namespace edge
