#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/net/event_loop.h"
#include "bench/net/websocket.h"

namespace bench {

class Crowd;

// One client: connects, upgrades, then counts what comes. A publication carries its number as
// `#012345678901#` near its beginning (Publications), whatever envelope the server puts round it.
class Member final : public Endpoint {
 public:
  Member(Crowd& crowd, uint32_t index, uint32_t room) : crowd_(crowd), index_(index), room_(room) {}

  void Connect();
  bool open() const { return state_ == State::kOpen; }
  uint32_t room() const { return room_; }

  // What came and in which order, in one number: members of a room who got the same have the same.
  uint64_t digest() const { return digest_; }
  void Digest(uint64_t number) { digest_ = digest_ * 0x9e3779b97f4a7c15 + number + 1; }

  // Sends a text message. Fails the tool when the socket does not take it whole.
  void Say(std::string_view text);
  // Leaves without a word (a reset).
  void Drop();

  void OnEvents(uint32_t events) override;

 private:
  enum class State : uint8_t { kIdle, kConnecting, kUpgrading, kOpen, kClosed };

  void SendRequest();
  void ReadAnswer();
  void ReadFrames();
  void OnFrame(const FrameHeader& header, std::span<char> payload, int64_t now);
  void SendFrame(uint8_t opcode, std::string_view payload);
  void Close(std::string_view why);

  Crowd& crowd_;
  int fd_ = -1;
  const uint32_t index_;
  const uint32_t room_;
  State state_ = State::kIdle;
  uint64_t digest_ = 0;
  FrameReader reader_;
};

}  // namespace bench
