#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/load/byte_stream.h"
#include "bench/net/event_loop.h"
#include "bench/net/websocket.h"

namespace bench {

class Crowd;

// One client: connects, upgrades, then counts what comes. A publication carries its number as
// `#012345678901#` near its beginning (Publications), whatever envelope the server puts round it.
class Member final : public Endpoint {
 public:
  Member(Crowd& crowd, uint32_t index, uint32_t room) : crowd_(crowd), index_(index), room_(room) {}

  // `receive_buffer`: of its socket; 0: the kernel's.
  void Connect(int receive_buffer);
  bool open() const { return state_ == State::kOpen; }
  uint32_t room() const { return room_; }

  // What came and in which order, in one number: members of a room who got the same have the same.
  uint64_t digest() const { return digest_; }
  void Digest(uint64_t number) { digest_ = digest_ * 0x9e3779b97f4a7c15 + number + 1; }

  // Sends a text message. Fails the tool when the socket does not take it whole.
  void Say(std::string_view text);
  // Reads no more, but stays.
  void Stall();
  // After Stall(): throws away what came since. True: the server has closed the connection.
  bool SkipToEnd();
  // Leaves without a word (a reset).
  void Drop();

  void OnEvents(uint32_t events) override;

 private:
  enum class State : uint8_t { kIdle, kConnecting, kTls, kUpgrading, kOpen, kClosed };

  void OnConnected();
  void ContinueTls();
  void SendRequest();
  void ReadAnswer();
  void ReadFrames();
  void OnFrame(const FrameHeader& header, std::span<char> payload, int64_t now);
  void OnCompressed(const FrameHeader& header, std::string_view part, int64_t now);
  void SendFrame(uint8_t opcode, std::string_view payload);
  void Close(std::string_view why);
  void Leave(bool reset);

  Crowd& crowd_;
  ByteStream stream_;
  const uint32_t index_;
  const uint32_t room_;
  State state_ = State::kIdle;
  bool stalled_ = false;
  uint64_t digest_ = 0;
  FrameReader reader_;
  // The answer's beginning, then the frames of an unfinished compressed message.
  std::string partial_;
};

}  // namespace bench
