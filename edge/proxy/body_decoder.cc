#include "edge/proxy/body_decoder.h"

#include <algorithm>
#include <cstring>

namespace edge {
namespace {

// Digits that a size may have: 2^60 bytes are more than any body.
constexpr size_t kMaxDigits = 15;

int HexOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyDecoder::BodyDecoder(BodyKind kind, uint64_t length) : kind_(kind), left_(length) {
  switch (kind) {
    case BodyKind::kNone:
      state_ = State::kDone;
      break;
    case BodyKind::kLength:
      state_ = length == 0 ? State::kDone : State::kData;
      break;
    case BodyKind::kChunked:
      state_ = State::kSize;
      break;
    case BodyKind::kUntilClose:
      state_ = State::kData;
      break;
  }
}

BodyDecoder::Piece BodyDecoder::Feed(std::span<char> bytes) {
  size_t at = 0;
  size_t payload = 0;
  while (at < bytes.size() && state_ != State::kDone && state_ != State::kFailed) {
    if (state_ != State::kData) {
      OnFraming(bytes[at++]);
      continue;
    }
    size_t some = bytes.size() - at;
    if (kind_ != BodyKind::kUntilClose) some = std::min<uint64_t>(some, left_);
    if (payload != at) std::memmove(bytes.data() + payload, bytes.data() + at, some);
    at += some;
    payload += some;
    total_ += some;
    if (kind_ == BodyKind::kUntilClose) continue;
    left_ -= some;
    if (left_ == 0) state_ = kind_ == BodyKind::kLength ? State::kDone : State::kDataEnd;
  }
  return {.consumed = at, .payload = bytes.first(payload)};
}

bool BodyDecoder::OnEnd() {
  if (kind_ == BodyKind::kUntilClose && state_ == State::kData) state_ = State::kDone;
  return state_ == State::kDone;
}

void BodyDecoder::OnFraming(char c) {
  switch (state_) {
    case State::kSize:
    case State::kExtension:
      return OnSizeLine(c);
    case State::kSizeEnd:
      if (c != '\n') {
        state_ = State::kFailed;
      } else {
        state_ = left_ == 0 ? State::kTrailers : State::kData;
        line_ = 0;
      }
      return;
    case State::kDataEnd:
      state_ = c == '\r' ? State::kDataEndLf : State::kFailed;
      return;
    case State::kDataEndLf:
      state_ = c == '\n' ? State::kSize : State::kFailed;
      return;
    default:
      return OnTrailer(c);
  }
}

void BodyDecoder::OnSizeLine(char c) {
  const int digit = state_ == State::kSize ? HexOf(c) : -1;
  // NOLINTNEXTLINE(bugprone-branch-clone): the ways to fail stand by themselves
  if (++line_ > kMaxSizeLine) {
    state_ = State::kFailed;
  } else if (digit >= 0 && line_ <= kMaxDigits) {
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
  } else if (line_ == 1 || digit >= 0) {
    state_ = State::kFailed;  // no digit at all, or too many
  } else if (c == '\r') {
    state_ = State::kSizeEnd;
  } else if (state_ == State::kSize) {
    // White space before the ';' is what some senders pad with; nothing else may stand here.
    state_ = c == ';' || c == ' ' || c == '\t' ? State::kExtension : State::kFailed;
  } else if ((c < 0x20 && c >= 0 && c != '\t') || c == 0x7f) {
    state_ = State::kFailed;
  }
}

void BodyDecoder::OnTrailer(char c) {
  trailers_ += c;
  if (trailers_.size() > kMaxTrailers) {
    state_ = State::kFailed;
  } else if (trailers_ == "\r\n") {
    trailers_.clear();
    state_ = State::kDone;
  } else if (trailers_.ends_with("\r\n\r\n")) {
    state_ = State::kDone;
  }
}

}  // namespace edge
