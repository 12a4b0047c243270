#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace bench {

inline constexpr uint8_t kText = 1;
inline constexpr uint8_t kClose = 8;
inline constexpr uint8_t kPing = 9;
inline constexpr uint8_t kPong = 10;

// RFC 6455 section 4.2.2.
std::string AcceptKeyOf(std::string_view key);

// One whole frame, unmasked (a server's) or masked with a zero key (a client's: RFC 6455 wants a
// mask, and this one costs nothing).
void AppendFrame(std::string& out, uint8_t opcode, std::string_view payload, bool masked);

struct FrameHeader {
  uint8_t opcode = 0;
  uint8_t size = 0;  // of the header itself
  bool masked = false;
  bool final = true;
  bool compressed = false;  // RSV1: the message is (RFC 7692)
  uint8_t mask[4] = {};
  uint64_t payload = 0;
};

// False: the bytes do not hold the whole header.
bool ReadFrameHeader(std::string_view bytes, FrameHeader& header);
void Unmask(const FrameHeader& header, std::span<char> payload);

// Splits what a socket brings into frames. Whole frames are seen where they were received; only
// the bytes of an unfinished one are kept.
class FrameReader {
 public:
  enum class Result { kOpen, kClosed };

  // Receives once into `buffer` (larger than any frame) and calls
  // `visit(const FrameHeader&, std::span<char> payload)` for each whole frame.
  template <typename Visit>
  Result Read(int fd, std::span<char> buffer, Visit&& visit);

  // The same for bytes that come from elsewhere: Begin() says where in `buffer` they are to be
  // written, End() visits the frames when `got` bytes have been.
  std::span<char> Begin(std::span<char> buffer);
  template <typename Visit>
  void End(std::span<char> buffer, size_t got, Visit&& visit);

  // Bytes that came before the first Begin().
  void Keep(std::string_view bytes) { rest_ = bytes; }

 private:
  std::string rest_;
};

inline std::span<char> FrameReader::Begin(std::span<char> buffer) {
  std::memcpy(buffer.data(), rest_.data(), rest_.size());
  return buffer.subspan(rest_.size());
}

template <typename Visit>
void FrameReader::End(std::span<char> buffer, size_t got, Visit&& visit) {
  const size_t have = rest_.size() + got;
  size_t at = 0;
  FrameHeader header;
  while (ReadFrameHeader({buffer.data() + at, have - at}, header)) {
    if (have - at - header.size < header.payload) break;
    visit(header, buffer.subspan(at + header.size, header.payload));
    at += header.size + header.payload;
  }
  if (at < have || !rest_.empty()) rest_.assign(buffer.data() + at, have - at);
}

template <typename Visit>
FrameReader::Result FrameReader::Read(int fd, std::span<char> buffer, Visit&& visit) {
  const std::span<char> into = Begin(buffer);
  const ssize_t got = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Result::kOpen;
  if (got <= 0) return Result::kClosed;
  End(buffer, static_cast<size_t>(got), visit);
  return Result::kOpen;
}

}  // namespace bench
