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

 private:
  std::string rest_;
};

template <typename Visit>
FrameReader::Result FrameReader::Read(int fd, std::span<char> buffer, Visit&& visit) {
  size_t have = rest_.size();
  std::memcpy(buffer.data(), rest_.data(), have);
  const ssize_t got = ::recv(fd, buffer.data() + have, buffer.size() - have, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Result::kOpen;
  if (got <= 0) return Result::kClosed;
  have += static_cast<size_t>(got);
  size_t at = 0;
  FrameHeader header;
  while (ReadFrameHeader({buffer.data() + at, have - at}, header)) {
    if (have - at - header.size < header.payload) break;
    visit(header, buffer.subspan(at + header.size, header.payload));
    at += header.size + header.payload;
  }
  if (at < have || !rest_.empty()) rest_.assign(buffer.data() + at, have - at);
  return Result::kOpen;
}

}  // namespace bench
