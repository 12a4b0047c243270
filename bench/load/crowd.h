#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/byte_stream.h"
#include "bench/load/inflater.h"
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
  // fails the tool when one is refused. `receive_buffer`: of their sockets; 0: the kernel's.
  void Connect(size_t count, size_t parallel, int receive_buffer = 0);
  // All leave at once, without a word.
  void DropAll();
  // The last `count` members read no more, and no longer count as members of their rooms.
  void StallLast(size_t count);

  size_t size() const { return members_.size(); }
  Member& at(size_t index) { return members_[index]; }
  const Member& at(size_t index) const { return members_[index]; }
  size_t MembersOf(size_t room) const { return members_of_[room]; }
  // Members who read: all but those that StallLast() named.
  size_t reading() const { return members_.size() - stalled_; }
  // Connections that the server has closed, and what it said of the first.
  size_t closed() const { return closed_; }
  const std::string& first_close() const { return first_close_; }
  // What came since the upgrades: bytes of the WebSocket, without TLS; and messages that came
  // compressed.
  uint64_t bytes() const { return bytes_; }
  uint64_t compressed() const { return compressed_; }
  void set_listener(Listener* listener) { listener_ = listener; }

  // ---- For members ----
  EventLoop& loop() { return loop_; }
  const Target& target() const { return target_; }
  std::span<char> buffer() { return buffer_; }
  std::string& outgoing() { return outgoing_; }
  // Null: no TLS.
  SSL_CTX* tls() { return tls_.get(); }
  std::string_view Inflate(std::string_view compressed) {
    ++compressed_;
    return inflater_.TextOf(compressed);
  }
  void OnOpen() { ++open_; }
  void OnBytes(size_t count) { bytes_ += count; }
  void OnClosed(uint32_t index, std::string_view why);
  void OnMessage(Member& member, std::string_view text, int64_t now) {
    if (listener_ != nullptr) listener_->OnMessage(member, text, now);
  }

 private:
  EventLoop& loop_;
  const Target target_;
  std::unique_ptr<SSL_CTX, FreeTls> tls_;
  std::vector<char> buffer_;
  std::string outgoing_;
  Inflater inflater_;
  std::deque<Member> members_;
  std::vector<size_t> members_of_;
  size_t open_ = 0;
  size_t stalled_ = 0;
  size_t closed_ = 0;
  uint64_t bytes_ = 0;
  uint64_t compressed_ = 0;
  std::string first_close_;
  Listener* listener_ = nullptr;
};

}  // namespace bench
