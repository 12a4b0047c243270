#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "edge/base/ids.h"
#include "edge/room/publish_ledger.h"
#include "edge/room/room_history.h"

namespace edge {

// What a room keeps beyond its members: its history, and what it has published.
struct KeptRoom {
  KeptRoom(const RoomName& room, uint32_t most, int64_t max_age)
      : name(room), history_size(most), history_age_millis(max_age) {}

  const RoomName name;
  const uint32_t history_size;  // 0: the namespace has no history; only the ledger is used
  const int64_t history_age_millis;
  RoomHistory history;
  PublishLedger ledger;

  // The time after its last use for which a room without members is remembered.
  int64_t keep_millis() const;

 private:
  friend class HistoryKeeper;
  int64_t used_unix_millis = 0;
  size_t counted = 0;         // bytes, as the keeper has counted them
  KeptRoom* older = nullptr;  // null: the oldest, or not in the list
  KeptRoom* newer = nullptr;
  bool listed = false;
};

// The rooms of one shard that keep something, in the order of their last use, and how much they may
// keep together.
//
// Pure state; belongs to its shard. Rooms are their owner's: it adds and removes them. Over the
// budget the least recently used give way: one without members is forgotten; one with members, or
// that remembers keys, loses its history and goes on, so that its clients are told `recovered:
// false`.
class HistoryKeeper {
 public:
  // Asks the owner to forget a room, which destroys it. False: it has members; it stays.
  using Forget = absl::FunctionRef<bool(KeptRoom&)>;

  explicit HistoryKeeper(size_t max_bytes) : max_bytes_(max_bytes) {}

  // The room was used: counts it anew, then makes others give way if need be. O(1), amortised.
  void Touch(KeptRoom& room, int64_t now_unix_millis, Forget forget);
  // It is the first to give way from now on.
  void Demote(KeptRoom& room);
  // Its owner destroys it.
  void Remove(KeptRoom& room);
  // Drops what is too old from some rooms and forgets those that are not needed any more; called
  // now and then it comes round to all. Returns how many rooms there are.
  size_t Sweep(int64_t now_unix_millis, Forget forget);
  // Drops what is too old from one. O(what is dropped).
  void Trim(KeptRoom& room, int64_t now_unix_millis);

  size_t bytes() const { return bytes_; }
  size_t rooms() const { return rooms_; }
  // Histories that gave way to others so far.
  uint64_t gave_way() const { return gave_way_; }

 private:
  void Count(KeptRoom& room);
  void LinkNewest(KeptRoom& room);
  void LinkOldest(KeptRoom& room);
  void Unlink(KeptRoom& room);
  void MakeRoom(KeptRoom& newest, Forget forget);

  const size_t max_bytes_;
  size_t bytes_ = 0;
  size_t rooms_ = 0;
  uint64_t gave_way_ = 0;
  KeptRoom* oldest_ = nullptr;
  KeptRoom* newest_ = nullptr;
  KeptRoom* swept_ = nullptr;  // where the next sweep goes on; null: with the oldest
};

}  // namespace edge
