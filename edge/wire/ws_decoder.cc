#include "edge/wire/ws_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "edge/wire/close_code.h"
#include "edge/wire/unmask.h"
#include "edge/wire/utf8.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

constexpr size_t kMaxHeader = 14;

constexpr auto kText = static_cast<uint8_t>(Opcode::kText);
constexpr auto kBinary = static_cast<uint8_t>(Opcode::kBinary);
constexpr auto kClose = static_cast<uint8_t>(Opcode::kClose);
constexpr auto kPing = static_cast<uint8_t>(Opcode::kPing);
constexpr auto kPong = static_cast<uint8_t>(Opcode::kPong);

WsDecoder::Verdict Broken(std::string_view reason) {
  return {1002, reason};
}
constexpr WsDecoder::Verdict kNotUtf8{1007, "text is not valid UTF-8"};

bool IsControl(uint8_t opcode) {
  return (opcode & 8) != 0;
}

}  // namespace

struct WsDecoder::Header {
  bool fin = false;
  uint8_t reserved = 0;
  uint8_t opcode = 0;
  bool masked = false;
  bool minimal = true;
  uint64_t length = 0;
  uint8_t key[4] = {};
  size_t size = 0;

  // False: more bytes are needed.
  bool Parse(std::span<const char> bytes);
};

// What is unfinished between two reads.
struct WsDecoder::Partial {
  // A header that came in pieces.
  uint8_t header_size = 0;
  char header[kMaxHeader];
  // A frame whose payload has not all come.
  bool in_frame = false;
  Header frame;
  uint64_t received = 0;  // of the frame's payload
  std::string control;    // a control frame's payload
  // A message whose frames have not all come.
  uint8_t message_opcode = 0;  // 0: none
  uint32_t fragments = 0;
  std::string message;
  Utf8Checker utf8;

  bool Holds() const { return header_size > 0 || in_frame || message_opcode != 0; }
};

bool WsDecoder::Header::Parse(std::span<const char> bytes) {
  if (bytes.size() < 2) return false;
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  fin = (at(0) & 0x80) != 0;
  reserved = at(0) & 0x70;
  opcode = at(0) & 0x0f;
  masked = (at(1) & 0x80) != 0;
  const uint8_t short_length = at(1) & 0x7f;
  const size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  size = 2 + extended + (masked ? 4 : 0);
  if (bytes.size() < size) return false;
  length = extended == 0 ? short_length : 0;
  for (size_t i = 0; i < extended; ++i) length = length << 8 | at(2 + i);
  minimal = extended == 0 || length >= (extended == 2 ? 126U : 65536U);
  if (masked) std::memcpy(key, bytes.data() + 2 + extended, 4);
  return true;
}

WsDecoder::WsDecoder() = default;
WsDecoder::~WsDecoder() = default;

size_t WsDecoder::buffered_bytes() const {
  return partial_ ? partial_->message.size() + partial_->control.size() : 0;
}

WsDecoder::Partial& WsDecoder::EnsurePartial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

WsDecoder::Verdict WsDecoder::Feed(std::span<char> bytes, const WsLimits& limits, WsSink& sink) {
  while (!bytes.empty() && !ended_) {
    const Verdict verdict = Step(bytes, limits, sink);
    if (!verdict.ok()) {
      ended_ = true;
      partial_.reset();
      return verdict;
    }
  }
  if (ended_ || (partial_ && !partial_->Holds())) partial_.reset();
  return {};
}

WsDecoder::Verdict WsDecoder::Step(std::span<char>& bytes, const WsLimits& limits, WsSink& sink) {
  if (partial_ && partial_->in_frame) return TakePayload(bytes, sink);
  return BeginFrame(bytes, limits, sink);
}

WsDecoder::Verdict WsDecoder::CheckHeader(const Header& header, const WsLimits& limits) const {
  const bool open = partial_ && partial_->message_opcode != 0;
  if (header.reserved != 0) return Broken("reserved bits are set");
  if (!header.masked) return Broken("a client's frame is not masked");
  if (!header.minimal) return Broken("a length is not in its shortest form");
  if ((header.length >> 63) != 0) return Broken("a length has its top bit set");
  if (IsControl(header.opcode)) {
    if (header.opcode > kPong) return Broken("unknown opcode");
    if (!header.fin) return Broken("a control frame is fragmented");
    if (header.length > kMaxControlPayload) return Broken("a control frame is over 125 bytes");
    return {};
  }
  if (header.opcode > kBinary) return Broken("unknown opcode");
  if (header.opcode == 0 && !open) return Broken("a continuation continues nothing");
  if (header.opcode != 0 && open) return Broken("a message begins inside another");
  const size_t before = open ? partial_->message.size() : 0;
  if (header.length > limits.max_message - std::min(before, limits.max_message)) {
    return {1009, "message too big"};
  }
  const uint32_t fragments = open ? partial_->fragments : 0;
  if (fragments >= limits.max_fragments) return {1009, "message in too many fragments"};
  return {};
}

WsDecoder::Verdict WsDecoder::BeginFrame(std::span<char>& bytes, const WsLimits& limits,
                                         WsSink& sink) {
  Header header;
  if (partial_ && partial_->header_size > 0) {
    // The header came in pieces: completed byte by byte, its size is known only on the way.
    Partial& partial = *partial_;
    partial.header[partial.header_size++] = bytes.front();
    bytes = bytes.subspan(1);
    if (!header.Parse({partial.header, partial.header_size})) return {};
    partial.header_size = 0;
  } else if (header.Parse(bytes)) {
    bytes = bytes.subspan(header.size);
  } else {
    Partial& partial = EnsurePartial();
    std::memcpy(partial.header, bytes.data(), bytes.size());
    partial.header_size = static_cast<uint8_t>(bytes.size());
    bytes = bytes.subspan(bytes.size());
    return {};
  }
  if (const Verdict verdict = CheckHeader(header, limits); !verdict.ok()) return verdict;

  const bool whole = header.length <= bytes.size();
  if (whole && header.fin && header.opcode != 0) {
    // The common case: a whole message, or a control frame, in place.
    const std::span<char> payload = bytes.first(static_cast<size_t>(header.length));
    bytes = bytes.subspan(payload.size());
    Unmask(payload.data(), payload.size(), header.key, 0);
    return Deliver(header.opcode, {payload.data(), payload.size()}, false, sink);
  }
  Partial& partial = EnsurePartial();
  if (!IsControl(header.opcode)) {
    if (header.opcode != 0) partial.message_opcode = header.opcode;
    ++partial.fragments;
  }
  partial.frame = header;
  partial.received = 0;
  partial.in_frame = true;
  return header.length == 0 ? FinishFrame(sink) : Verdict{};
}

WsDecoder::Verdict WsDecoder::TakePayload(std::span<char>& bytes, WsSink& sink) {
  Partial& partial = *partial_;
  const uint64_t missing = partial.frame.length - partial.received;
  const std::span<char> piece =
      bytes.first(static_cast<size_t>(std::min<uint64_t>(missing, bytes.size())));
  bytes = bytes.subspan(piece.size());
  Unmask(piece.data(), piece.size(), partial.frame.key, partial.received & 3);
  partial.received += piece.size();
  const std::string_view text(piece.data(), piece.size());
  if (IsControl(partial.frame.opcode)) {
    partial.control += text;
  } else {
    if (partial.message_opcode == kText && !partial.utf8.Feed(text)) return kNotUtf8;
    partial.message += text;
  }
  return partial.received == partial.frame.length ? FinishFrame(sink) : Verdict{};
}

WsDecoder::Verdict WsDecoder::FinishFrame(WsSink& sink) {
  Partial& partial = *partial_;
  partial.in_frame = false;
  if (IsControl(partial.frame.opcode)) {
    const std::string payload = std::move(partial.control);
    partial.control.clear();
    return Deliver(partial.frame.opcode, payload, false, sink);
  }
  if (!partial.frame.fin) return {};
  if (partial.message_opcode == kText && !partial.utf8.complete()) return kNotUtf8;
  const uint8_t opcode = partial.message_opcode;
  std::string message = std::move(partial.message);
  message.reserve(message.size() + kScratchSlack);
  partial.message.clear();
  partial.message_opcode = 0;
  partial.fragments = 0;
  partial.utf8 = Utf8Checker();
  return Deliver(opcode, message, true, sink);
}

WsDecoder::Verdict WsDecoder::Deliver(uint8_t opcode, std::string_view payload, bool checked,
                                      WsSink& sink) {
  bool go_on = true;
  switch (opcode) {
    case kText:
      if (!checked && !IsUtf8(payload)) return kNotUtf8;
      go_on = sink.OnWsMessage(true, payload);
      break;
    case kBinary:
      go_on = sink.OnWsMessage(false, payload);
      break;
    case kPing:
      go_on = sink.OnWsPing(payload);
      break;
    case kPong:
      go_on = sink.OnWsPong(payload);
      break;
    case kClose:
      return DeliverClose(payload, sink);
    default:
      return Broken("unknown opcode");
  }
  if (!go_on) ended_ = true;
  return {};
}

WsDecoder::Verdict WsDecoder::DeliverClose(std::string_view payload, WsSink& sink) {
  uint16_t code = 1005;  // RFC 6455 section 7.1.5: no code was given
  std::string_view reason;
  if (payload.size() == 1) return Broken("a Close has half a code");
  if (payload.size() >= 2) {
    code = static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                 static_cast<uint8_t>(payload[1]));
    reason = payload.substr(2);
    if (!IsValidOnWire(code)) return Broken("a Close has a code that may not be sent");
    Utf8Checker checker;
    if (!checker.Feed(reason) || !checker.complete()) return kNotUtf8;
  }
  ended_ = true;
  sink.OnWsClose(code, reason);
  return {};
}

}  // namespace edge
