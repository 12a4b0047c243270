#include "edge/room/history_keeper.h"

namespace edge {
namespace {

// A room itself: its place in the home's table, its name twice, presence and feed.
constexpr size_t kBytesOfRoom = 1200;
constexpr size_t kSweptAtOnce = 1000;
// Rooms that are asked to give way at once; the next touch goes on.
constexpr size_t kAskedAtOnce = 64;

}  // namespace

int64_t KeptRoom::keep_millis() const {
  return history_size > 0 ? history_age_millis : kIdempotencyMillis;
}

void HistoryKeeper::Count(KeptRoom& room) {
  const size_t now =
      kBytesOfRoom + room.name.view().size() + room.history.bytes() + room.ledger.bytes();
  bytes_ += now - room.counted;
  room.counted = now;
}

void HistoryKeeper::LinkNewest(KeptRoom& room) {
  room.listed = true;
  room.older = newest_;
  room.newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &room;
  newest_ = &room;
  ++rooms_;
}

void HistoryKeeper::Unlink(KeptRoom& room) {
  if (!room.listed) return;
  if (swept_ == &room) swept_ = room.newer;
  (room.older == nullptr ? oldest_ : room.older->newer) = room.newer;
  (room.newer == nullptr ? newest_ : room.newer->older) = room.older;
  room.older = room.newer = nullptr;
  room.listed = false;
  --rooms_;
}

void HistoryKeeper::LinkOldest(KeptRoom& room) {
  room.listed = true;
  room.older = nullptr;
  room.newer = oldest_;
  (oldest_ == nullptr ? newest_ : oldest_->older) = &room;
  oldest_ = &room;
  ++rooms_;
}

void HistoryKeeper::Touch(KeptRoom& room, int64_t now_unix_millis, Forget forget) {
  room.used_unix_millis = now_unix_millis;
  if (newest_ != &room) {
    Unlink(room);
    LinkNewest(room);
  }
  // One room alone does not push out all the others.
  while (room.history.size() > 1 && room.history.bytes() > max_bytes_ / 2) {
    room.history.DropOldest();
  }
  Count(room);
  if (bytes_ > max_bytes_) MakeRoom(room, forget);
}

void HistoryKeeper::Demote(KeptRoom& room) {
  Unlink(room);
  LinkOldest(room);
}

void HistoryKeeper::MakeRoom(KeptRoom& newest, Forget forget) {
  for (size_t i = 0; i < kAskedAtOnce && bytes_ > max_bytes_ && oldest_ != &newest; ++i) {
    KeptRoom& room = *oldest_;
    const bool has_history = !room.history.empty();
    if (has_history) ++gave_way_;
    // What it has published by key is remembered longer than what it said.
    if (!(has_history && !room.ledger.empty()) && forget(room)) continue;
    room.history.Clear();
    Count(room);
    Unlink(room);
    LinkNewest(room);
  }
  while (bytes_ > max_bytes_ && newest.history.size() > 1) {
    newest.history.DropOldest();
    Count(newest);
  }
}

void HistoryKeeper::Remove(KeptRoom& room) {
  Unlink(room);
  bytes_ -= room.counted;
  room.counted = 0;
}

void HistoryKeeper::Trim(KeptRoom& room, int64_t now_unix_millis) {
  room.history.DropOlderThan(now_unix_millis - room.history_age_millis);
  room.ledger.Expire(now_unix_millis);
  Count(room);
}

size_t HistoryKeeper::Sweep(int64_t now_unix_millis, Forget forget) {
  if (swept_ == nullptr) swept_ = oldest_;
  for (size_t i = 0; i < kSweptAtOnce && swept_ != nullptr; ++i) {
    KeptRoom& room = *swept_;
    swept_ = room.newer;
    room.history.DropExpired(now_unix_millis);
    Trim(room, now_unix_millis);
    const bool unused = now_unix_millis - room.used_unix_millis >= room.keep_millis();
    if (unused && room.history.empty() && room.ledger.empty()) forget(room);
  }
  return rooms_;
}

}  // namespace edge
