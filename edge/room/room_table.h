#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "edge/base/ids.h"

namespace edge {

// Which sessions of this shard (by slot) are in which room.
//
// Pure state: no I/O, no clock, no locks. Belongs to one shard.
// Invariant: a room exists here exactly while it has a member here.
// A fan-out looks the room up once and walks `members`, a contiguous array of slots: no hash and no
// pointer chase per recipient. Join and leave are O(1): the last member takes the place of the one
// that leaves, and each session remembers its places. A session in one room costs 4 bytes in the
// room, 4 beside it, and 24 of its own.
// Nothing may join or leave while `members` is walked.
class RoomTable {
 public:
  class Room {
   public:
    const RoomName& name() const { return name_; }

   private:
    friend class RoomTable;
    RoomName name_;
    std::vector<uint32_t> slots_;
    std::vector<uint32_t> ordinals_;  // which of its session's memberships each member is
  };

  // kAlreadyExists: already in; unchanged.
  absl::Status Join(std::string_view room, uint32_t slot);
  // False: it was not in.
  bool Leave(std::string_view room, uint32_t slot);
  // `left` gets the name of each room, after the session has left it.
  void LeaveAll(uint32_t slot, absl::FunctionRef<void(const RoomName&)> left);

  // Null: nobody of this shard is in. Valid until its last member leaves.
  const Room* Find(std::string_view room) const;
  std::span<const uint32_t> members(const Room& room) const { return room.slots_; }

  bool Contains(std::string_view room, uint32_t slot) const;
  size_t RoomCountOf(uint32_t slot) const;
  void ForEachRoomOf(uint32_t slot, absl::FunctionRef<void(const RoomName&)> visit) const;
  void ForEachRoom(absl::FunctionRef<void(const Room&)> visit) const;
  size_t room_count() const { return rooms_.size(); }

 private:
  struct Membership {
    Room* room = nullptr;
    uint32_t index = 0;  // of the session in room->slots_
  };
  using Memberships = absl::InlinedVector<Membership, 1>;

  static constexpr size_t kNone = static_cast<size_t>(-1);
  // Place in the session's memberships, or kNone. O(rooms of the session).
  size_t OrdinalOf(std::string_view room, uint32_t slot) const;
  void Remove(uint32_t slot, size_t ordinal);
  void RemoveFromRoom(Room& room, uint32_t index);

  absl::flat_hash_map<RoomName, std::unique_ptr<Room>, IdHash, IdEqual> rooms_;
  std::vector<Memberships> by_slot_;
};

}  // namespace edge
