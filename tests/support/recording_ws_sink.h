#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/wire/inflater.h"
#include "edge/wire/ws_decoder.h"

namespace edge {

// Keeps what a decoder found as text: "text:hello", "binary:...", "ping:...", "pong:...",
// "close:1000:bye".
class RecordingWsSink final : public WsSink {
 public:
  // From the n-th message on, each says that it is enough for now.
  size_t pause_after_messages = SIZE_MAX;
  std::vector<std::string> events;

  bool OnWsMessage(bool text, std::string_view payload) override {
    Add(text ? "text:" : "binary:", payload);
    return ++messages_ < pause_after_messages;
  }
  bool OnWsPing(std::string_view payload) override { return Add("ping:", payload); }
  bool OnWsPong(std::string_view payload) override { return Add("pong:", payload); }
  void OnWsClose(uint16_t code, std::string_view reason) override {
    Add("close:" + std::to_string(code) + ":", reason);
  }

 private:
  bool Add(std::string kind, std::string_view payload) {
    events.push_back(std::move(kind.append(payload)));
    return true;
  }
  size_t messages_ = 0;
};

// What came of decoding a stream of bytes.
struct WsDecoded {
  std::vector<std::string> events;
  uint16_t code = 0;  // of the verdict
  std::string reason;
  bool mid_message = false;
  size_t buffered_bytes = 0;
  size_t consumed = 0;  // bytes fed when the verdict came, or all
  size_t pauses = 0;    // how often something was left

  // Nothing depends on where the bytes were cut, but where a read ends.
  bool SameButConsumed(const WsDecoded& other) const {
    return events == other.events && code == other.code && reason == other.reason &&
           mid_message == other.mid_message && buffered_bytes == other.buffered_bytes;
  }
};

// Feeds `bytes` in pieces of `next_size()` bytes, each in a heap block of its own with the slack
// that a decoder may read and not one byte more, so that a sanitizer sees it read further.
inline WsDecoded DecodeInPieces(std::string_view bytes, const WsLimits& limits,
                                const std::function<size_t()>& next_size, RecordingWsSink sink = {},
                                Inflater* inflater = nullptr) {
  WsDecoder decoder;
  WsDecoded decoded;
  while (decoded.consumed < bytes.size()) {
    const size_t size = std::clamp<size_t>(next_size(), 1, bytes.size() - decoded.consumed);
    std::vector<char> block(size + kScratchSlack);
    std::copy_n(bytes.data() + decoded.consumed, size, block.data());
    const WsDecoder::Verdict verdict = decoder.Feed({block.data(), size}, limits, sink, inflater);
    // What was left is fed again.
    decoded.consumed += size - verdict.left;
    decoded.pauses += verdict.left > 0 ? 1 : 0;
    if (!verdict.ok()) {
      decoded.code = verdict.code;
      decoded.reason = verdict.reason;
      break;
    }
  }
  decoded.events = std::move(sink.events);
  decoded.mid_message = decoder.mid_message();
  decoded.buffered_bytes = decoder.buffered_bytes();
  return decoded;
}

}  // namespace edge
