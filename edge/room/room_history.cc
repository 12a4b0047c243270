#include "edge/room/room_history.h"

#include <algorithm>
#include <utility>

namespace edge {

int64_t RoomHistory::Entry::expires_unix_millis() const {
  if (extras == nullptr || extras->rules == nullptr || extras->rules->keep_millis == 0) {
    return kNever;
  }
  return unix_millis + extras->rules->keep_millis;
}

size_t RoomHistory::BytesOf(const Entry& entry) {
  size_t bytes = 0;
  if (entry.frame) bytes += sizeof(Frame) + entry.frame->size();
  if (entry.extras == nullptr) return bytes;
  bytes += sizeof(Extras) + entry.extras->user.size();
  for (const auto& [key, value] : entry.extras->tags) {
    bytes += sizeof(std::pair<std::string, std::string>) + key.size() + value.size();
  }
  // Of a broadcast to many rooms each counts them whole.
  if (entry.extras->rules != nullptr) bytes += entry.extras->rules->bytes();
  return bytes;
}

void RoomHistory::Append(Entry entry, size_t most) {
  while (count_ >= most) DropOldest();
  constexpr size_t kFirst = 4;
  if (count_ == ring_.size()) Resize(std::max(kFirst, ring_.size() * 2));
  bytes_ += BytesOf(entry);
  next_expiry_ = std::min(next_expiry_, entry.expires_unix_millis());
  ring_[(head_ + count_) & (ring_.size() - 1)] = std::move(entry);
  ++count_;
  ++last_offset_;
}

void RoomHistory::DropOlderThan(int64_t unix_millis) {
  while (!empty() && ring_[head_].unix_millis < unix_millis) DropOldest();
  constexpr size_t kSparse = 8;
  if (empty()) {
    Clear();
  } else if (count_ * kSparse < ring_.size()) {
    Resize(ring_.size() / 4);
  }
}

void RoomHistory::DropExpired(int64_t now_unix_millis) {
  if (next_expiry_ > now_unix_millis) return;
  next_expiry_ = kNever;
  for (size_t i = 0; i < count_; ++i) {
    Entry& entry = ring_[(head_ + i) & (ring_.size() - 1)];
    if (!entry.frame) continue;
    if (!entry.ExpiredAt(now_unix_millis)) {
      next_expiry_ = std::min(next_expiry_, entry.expires_unix_millis());
      continue;
    }
    bytes_ -= BytesOf(entry);
    entry.frame = FramePtr();
    bytes_ += BytesOf(entry);
  }
}

void RoomHistory::Clear() {
  ring_.clear();
  ring_.shrink_to_fit();
  head_ = count_ = bytes_ = 0;
  next_expiry_ = kNever;
}

void RoomHistory::DropOldest() {
  Entry& first = ring_[head_];
  bytes_ -= BytesOf(first);
  first = {};
  head_ = (head_ + 1) & (ring_.size() - 1);
  --count_;
}

void RoomHistory::Resize(size_t entries) {
  std::vector<Entry> other(entries);
  for (size_t i = 0; i < count_; ++i) {
    other[i] = std::move(ring_[(head_ + i) & (ring_.size() - 1)]);
  }
  ring_ = std::move(other);
  head_ = 0;
}

}  // namespace edge
