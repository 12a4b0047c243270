#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace edge {

// How a message's body ends (RFC 9112 section 6.3).
enum class BodyKind : uint8_t {
  kNone,
  kLength,      // after a number of bytes
  kChunked,     // with the last chunk
  kUntilClose,  // with the connection; also a tunnel's bytes
};

// Takes a body out of its framing, piece by piece. Pure state: no I/O, no buffer but for trailers.
// Chunks are read as strictly as heads: hex digits, CR LF, nothing else (RFC 9112 section 7.1).
// What is not is `failed`, for good.
class BodyDecoder {
 public:
  // Bytes of a chunk's size line, extensions included, and of all trailers.
  static constexpr size_t kMaxSizeLine = 256;
  static constexpr size_t kMaxTrailers = 8192;

  BodyDecoder() = default;
  BodyDecoder(BodyKind kind, uint64_t length);

  struct Piece {
    size_t consumed = 0;      // of what was given; the rest is not the body's
    std::span<char> payload;  // moved together at the front of what was given
  };
  // Decodes in place.
  Piece Feed(std::span<char> bytes);
  // The connection ended. True: so did the body, and well.
  bool OnEnd();

  BodyKind kind() const { return kind_; }
  bool done() const { return state_ == State::kDone; }
  bool failed() const { return state_ == State::kFailed; }
  // Bytes of the body that have come.
  uint64_t total() const { return total_; }
  // The lines behind the last chunk, with the empty line at their end; empty: there are none.
  const std::string& trailers() const { return trailers_; }

 private:
  enum class State : uint8_t {
    kData,
    kSize,       // digits of a chunk's size
    kExtension,  // what stands behind them, passed over
    kSizeEnd,    // LF
    kDataEnd,    // CR behind a chunk
    kDataEndLf,  // its LF
    kTrailers,
    kDone,
    kFailed,
  };
  // One byte of a chunk's framing.
  void OnFraming(char c);
  void OnSizeLine(char c);
  void OnTrailer(char c);

  BodyKind kind_ = BodyKind::kNone;
  State state_ = State::kDone;
  uint64_t left_ = 0;  // of the body, or of the chunk
  uint64_t total_ = 0;
  size_t line_ = 0;  // bytes of the size line
  std::string trailers_;
};

}  // namespace edge
