#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace edge {

class Inflater;
struct WsHeader;

// Bytes that must be readable after what is fed, so that text can be checked by whole vectors.
inline constexpr size_t kScratchSlack = 64;

struct WsLimits {
  size_t max_message = 65536;   // bytes of one message, over all its frames; inflated
  uint32_t max_fragments = 64;  // frames of one message, empty ones too
};

// Gets what a decoder finds. Views are valid during the call. False: no more for now; the rest of
// the bytes is left (Verdict::left) and is to be fed again.
class WsSink {
 public:
  virtual ~WsSink() = default;
  virtual bool OnWsMessage(bool text, std::string_view payload) = 0;
  virtual bool OnWsPing(std::string_view payload) = 0;
  virtual bool OnWsPong(std::string_view payload) = 0;
  // The peer's Close: its code (1005: it gave none) and reason. Nothing is decoded after it.
  virtual void OnWsClose(uint16_t code, std::string_view reason) = 0;
};

// Reads the frames a client sends (RFC 6455 section 5), in whatever pieces they arrive.
//
// No I/O. Between messages it holds nothing: what is unfinished when a read ends lives on the heap
// until it is finished, and grows with what really came, never with what a header announces. A
// message that lies whole in the bytes fed is handed out in place.
// Text is checked as it comes: a byte that cannot be UTF-8 fails before the frame is complete.
// A compressed message (RFC 7692) is kept compressed until it is whole, and inflated then: in place
// too, where it lies whole in the bytes fed.
class WsDecoder {
 public:
  // code 0: all is well. Else the connection must be closed with it: 1002 for a broken frame, 1007
  // for text that is not UTF-8 or a message that cannot be inflated, 1009 over a limit. `reason` is
  // a literal, for people.
  struct Verdict {
    uint16_t code = 0;
    std::string_view reason;
    size_t left = 0;  // bytes at the end that were not looked at, because the sink said so
    bool ok() const { return code == 0; }
  };

  WsDecoder();
  ~WsDecoder();
  WsDecoder(const WsDecoder&) = delete;
  WsDecoder& operator=(const WsDecoder&) = delete;

  // Decodes `bytes`, which are unmasked in place and followed by kScratchSlack readable bytes.
  // After a failed verdict, or the peer's Close, everything further is ignored.
  // `inflater`: for a client that agreed on permessage-deflate; null: a compressed frame is broken.
  Verdict Feed(std::span<char> bytes, const WsLimits& limits, WsSink& sink,
               Inflater* inflater = nullptr);

  // A frame or message has begun and not ended.
  bool mid_message() const { return partial_ != nullptr; }
  size_t buffered_bytes() const;

 private:
  struct Partial;
  // What Feed was given beside the bytes.
  struct Feeding {
    const WsLimits& limits;
    WsSink& sink;
    Inflater* inflater;
  };

  Verdict Step(std::span<char>& bytes, const Feeding& feeding);
  Verdict BeginFrame(std::span<char>& bytes, const Feeding& feeding);
  Verdict TakePayload(std::span<char>& bytes, const Feeding& feeding);
  Verdict FinishFrame(const Feeding& feeding);
  Verdict DeliverCompressed(uint8_t opcode, std::string_view payload, const Feeding& feeding);
  Verdict Deliver(uint8_t opcode, std::string_view payload, bool checked, WsSink& sink);
  Verdict DeliverClose(std::string_view payload, WsSink& sink);
  Verdict CheckHeader(const WsHeader& header, const Feeding& feeding) const;
  Verdict CheckSize(const WsHeader& header, const WsLimits& limits) const;
  Partial& EnsurePartial();

  std::unique_ptr<Partial> partial_;
  bool ended_ = false;
  bool paused_ = false;  // the sink wants no more of what is being fed
};

}  // namespace edge
