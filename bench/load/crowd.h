#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/member.h"
#include "bench/load/target.h"
#include "bench/net/event_loop.h"

namespace bench {

// Hears what the members get.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void OnMessage(Member& member, std::string_view text, int64_t now) = 0;
};

// The members: member i is in room i % rooms.
class Crowd {
 public:
  Crowd(EventLoop& loop, Target target);

  // Connects `count` more, at most `parallel` handshakes at a time. Returns when all are open;
  // fails the tool when one is refused.
  void Connect(size_t count, size_t parallel);
  // All leave at once, without a word.
  void DropAll();

  size_t size() const { return members_.size(); }
  Member& at(size_t index) { return members_[index]; }
  size_t MembersOf(size_t room) const { return members_of_[room]; }
  // Connections that the server has closed, and what it said of the first.
  size_t closed() const { return closed_; }
  const std::string& first_close() const { return first_close_; }
  void set_listener(Listener* listener) { listener_ = listener; }

  // ---- For members ----
  EventLoop& loop() { return loop_; }
  const Target& target() const { return target_; }
  std::span<char> buffer() { return buffer_; }
  std::string& outgoing() { return outgoing_; }
  void OnOpen() { ++open_; }
  void OnClosed(uint32_t index, std::string_view why);
  void OnMessage(Member& member, std::string_view text, int64_t now) {
    if (listener_ != nullptr) listener_->OnMessage(member, text, now);
  }

 private:
  EventLoop& loop_;
  const Target target_;
  std::vector<char> buffer_;
  std::string outgoing_;
  std::deque<Member> members_;
  std::vector<size_t> members_of_;
  size_t open_ = 0;
  size_t closed_ = 0;
  std::string first_close_;
  Listener* listener_ = nullptr;
};

}  // namespace bench
