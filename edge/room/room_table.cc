#include "edge/room/room_table.h"

#include <utility>

namespace edge {

const RoomTable::Room* RoomTable::Find(std::string_view room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? nullptr : found->second.get();
}

size_t RoomTable::OrdinalOf(std::string_view room, uint32_t slot) const {
  if (slot >= by_slot_.size()) return kNone;
  const Memberships& memberships = by_slot_[slot];
  for (size_t i = 0; i < memberships.size(); ++i) {
    if (memberships[i].room->name_.view() == room) return i;
  }
  return kNone;
}

absl::Status RoomTable::Join(std::string_view room, uint32_t slot) {
  if (OrdinalOf(room, slot) != kNone) return absl::AlreadyExistsError("already in the room");
  if (slot >= by_slot_.size()) by_slot_.resize(slot + 1);
  auto found = rooms_.find(room);
  if (found == rooms_.end()) {
    auto made = std::make_unique<Room>();
    made->name_ = RoomName(room);
    found = rooms_.emplace(RoomName(room), std::move(made)).first;
  }
  Room& target = *found->second;
  Memberships& memberships = by_slot_[slot];
  memberships.push_back({&target, static_cast<uint32_t>(target.slots_.size())});
  target.slots_.push_back(slot);
  target.ordinals_.push_back(static_cast<uint32_t>(memberships.size() - 1));
  return absl::OkStatus();
}

void RoomTable::RemoveFromRoom(Room& room, uint32_t index) {
  const uint32_t last = static_cast<uint32_t>(room.slots_.size() - 1);
  if (index != last) {
    room.slots_[index] = room.slots_[last];
    room.ordinals_[index] = room.ordinals_[last];
    by_slot_[room.slots_[index]][room.ordinals_[index]].index = index;
  }
  room.slots_.pop_back();
  room.ordinals_.pop_back();
  if (room.slots_.empty()) {
    const RoomName name = room.name_;
    rooms_.erase(name);
  } else if (room.slots_.capacity() > 64 && room.slots_.size() < room.slots_.capacity() / 4) {
    // After a storm the room gives its memory back.
    room.slots_.shrink_to_fit();
    room.ordinals_.shrink_to_fit();
  }
}

void RoomTable::Remove(uint32_t slot, size_t ordinal) {
  Memberships& memberships = by_slot_[slot];
  const Membership gone = memberships[ordinal];
  if (ordinal + 1 != memberships.size()) {
    memberships[ordinal] = memberships.back();
    const Membership& moved = memberships[ordinal];
    moved.room->ordinals_[moved.index] = static_cast<uint32_t>(ordinal);
  }
  memberships.pop_back();
  if (memberships.empty()) memberships = Memberships();
  RemoveFromRoom(*gone.room, gone.index);
}

bool RoomTable::Leave(std::string_view room, uint32_t slot) {
  const size_t ordinal = OrdinalOf(room, slot);
  if (ordinal == kNone) return false;
  Remove(slot, ordinal);
  return true;
}

void RoomTable::LeaveAll(uint32_t slot, absl::FunctionRef<void(const RoomName&)> left) {
  if (slot >= by_slot_.size()) return;
  while (!by_slot_[slot].empty()) {
    const size_t last = by_slot_[slot].size() - 1;
    const RoomName name = by_slot_[slot][last].room->name_;
    Remove(slot, last);
    left(name);
  }
}

bool RoomTable::Contains(std::string_view room, uint32_t slot) const {
  return OrdinalOf(room, slot) != kNone;
}

size_t RoomTable::RoomCountOf(uint32_t slot) const {
  return slot < by_slot_.size() ? by_slot_[slot].size() : 0;
}

void RoomTable::ForEachRoomOf(uint32_t slot, absl::FunctionRef<void(const RoomName&)> visit) const {
  if (slot >= by_slot_.size()) return;
  for (const Membership& membership : by_slot_[slot]) visit(membership.room->name_);
}

void RoomTable::ForEachRoom(absl::FunctionRef<void(const Room&)> visit) const {
  for (const auto& [name, room] : rooms_) visit(*room);
}

}  // namespace edge
