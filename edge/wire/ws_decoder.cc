#include "edge/wire/ws_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "edge/wire/close_code.h"
#include "edge/wire/inflater.h"
#include "edge/wire/unmask.h"
#include "edge/wire/utf8.h"
#include "edge/wire/ws_frame.h"
#include "edge/wire/ws_header.h"

namespace edge {
namespace {

constexpr auto kText = static_cast<uint8_t>(Opcode::kText);
constexpr auto kBinary = static_cast<uint8_t>(Opcode::kBinary);
constexpr auto kClose = static_cast<uint8_t>(Opcode::kClose);
constexpr auto kPing = static_cast<uint8_t>(Opcode::kPing);
constexpr auto kPong = static_cast<uint8_t>(Opcode::kPong);

WsDecoder::Verdict Broken(std::string_view reason) {
  return {1002, reason};
}
constexpr WsDecoder::Verdict kNotUtf8{1007, "text is not valid UTF-8"};
constexpr WsDecoder::Verdict kTooBig{1009, "message too big"};

// Compressed, a message is longer than inflated where there is nothing to gain: 5 bytes for a
// stored block, which some senders make for every frame or every few hundred bytes.
size_t CompressedLimit(size_t max_message) {
  return max_message + max_message / 8 + 1024;
}

bool IsControl(uint8_t opcode) {
  return (opcode & 8) != 0;
}

}  // namespace

// What is unfinished between two reads.
struct WsDecoder::Partial {
  // A header that came in pieces.
  uint8_t header_size = 0;
  char header[WsHeader::kMaxSize];
  // A frame whose payload has not all come.
  bool in_frame = false;
  WsHeader frame;
  uint64_t received = 0;  // of the frame's payload
  std::string control;    // a control frame's payload
  // A message whose frames have not all come.
  uint8_t message_opcode = 0;  // 0: none
  bool compressed = false;
  uint32_t fragments = 0;
  std::string message;
  Utf8Checker utf8;

  bool Holds() const { return header_size > 0 || in_frame || message_opcode != 0; }
};

WsDecoder::WsDecoder() = default;
WsDecoder::~WsDecoder() = default;

size_t WsDecoder::buffered_bytes() const {
  return partial_ ? partial_->message.size() + partial_->control.size() : 0;
}

WsDecoder::Partial& WsDecoder::EnsurePartial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

WsDecoder::Verdict WsDecoder::Feed(std::span<char> bytes, const WsLimits& limits, WsSink& sink,
                                   Inflater* inflater) {
  const Feeding feeding{limits, sink, inflater};
  paused_ = false;
  while (!bytes.empty() && !ended_ && !paused_) {
    const Verdict verdict = Step(bytes, feeding);
    if (!verdict.ok()) {
      ended_ = true;
      partial_.reset();
      return verdict;
    }
  }
  if (ended_ || (partial_ && !partial_->Holds())) partial_.reset();
  return {.left = ended_ ? 0 : bytes.size()};
}

WsDecoder::Verdict WsDecoder::Step(std::span<char>& bytes, const Feeding& feeding) {
  if (partial_ && partial_->in_frame) return TakePayload(bytes, feeding);
  return BeginFrame(bytes, feeding);
}

WsDecoder::Verdict WsDecoder::CheckHeader(const WsHeader& header, const Feeding& feeding) const {
  const bool open = partial_ && partial_->message_opcode != 0;
  const bool may_compress = feeding.inflater != nullptr && !IsControl(header.opcode);
  const auto reserved =
      static_cast<uint8_t>(header.reserved & ~(may_compress ? kCompressedBit : 0));
  if (reserved != 0) return Broken("reserved bits are set");
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
  // RFC 7692 section 6: the first frame says it for the whole message.
  if (header.opcode == 0 && header.reserved != 0) return Broken("reserved bits are set");
  return CheckSize(header, feeding.limits);
}

WsDecoder::Verdict WsDecoder::CheckSize(const WsHeader& header, const WsLimits& limits) const {
  const bool open = partial_ && partial_->message_opcode != 0;
  const bool compressed = open ? partial_->compressed : header.reserved != 0;
  const size_t limit = compressed ? CompressedLimit(limits.max_message) : limits.max_message;
  const size_t before = open ? partial_->message.size() : 0;
  if (header.length > limit - std::min(before, limit)) return kTooBig;
  const uint32_t fragments = open ? partial_->fragments : 0;
  if (fragments >= limits.max_fragments) return {1009, "message in too many fragments"};
  return {};
}

WsDecoder::Verdict WsDecoder::BeginFrame(std::span<char>& bytes, const Feeding& feeding) {
  WsHeader header;
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
  if (const Verdict verdict = CheckHeader(header, feeding); !verdict.ok()) return verdict;

  const bool whole = header.length <= bytes.size();
  if (whole && header.fin && header.opcode != 0) {
    // The common case: a whole message, or a control frame, in place.
    const std::span<char> payload = bytes.first(static_cast<size_t>(header.length));
    bytes = bytes.subspan(payload.size());
    Unmask(payload.data(), payload.size(), header.key, 0);
    const std::string_view message(payload.data(), payload.size());
    if (header.reserved != 0) return DeliverCompressed(header.opcode, message, feeding);
    return Deliver(header.opcode, message, false, feeding.sink);
  }
  Partial& partial = EnsurePartial();
  if (!IsControl(header.opcode)) {
    if (header.opcode != 0) {
      partial.message_opcode = header.opcode;
      partial.compressed = header.reserved != 0;
    }
    ++partial.fragments;
  }
  partial.frame = header;
  partial.received = 0;
  partial.in_frame = true;
  return header.length == 0 ? FinishFrame(feeding) : Verdict{};
}

WsDecoder::Verdict WsDecoder::TakePayload(std::span<char>& bytes, const Feeding& feeding) {
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
    const bool check = partial.message_opcode == kText && !partial.compressed;
    if (check && !partial.utf8.Feed(text)) return kNotUtf8;
    partial.message += text;
  }
  return partial.received == partial.frame.length ? FinishFrame(feeding) : Verdict{};
}

WsDecoder::Verdict WsDecoder::FinishFrame(const Feeding& feeding) {
  Partial& partial = *partial_;
  partial.in_frame = false;
  if (IsControl(partial.frame.opcode)) {
    const std::string payload = std::move(partial.control);
    partial.control.clear();
    return Deliver(partial.frame.opcode, payload, false, feeding.sink);
  }
  if (!partial.frame.fin) return {};
  if (partial.message_opcode == kText && !partial.utf8.complete()) return kNotUtf8;
  const uint8_t opcode = partial.message_opcode;
  const bool compressed = partial.compressed;
  std::string message = std::move(partial.message);
  if (!compressed) message.reserve(message.size() + kScratchSlack);
  partial.message.clear();
  partial.message_opcode = 0;
  partial.compressed = false;
  partial.fragments = 0;
  partial.utf8 = Utf8Checker();
  if (compressed) return DeliverCompressed(opcode, message, feeding);
  return Deliver(opcode, message, true, feeding.sink);
}

WsDecoder::Verdict WsDecoder::DeliverCompressed(uint8_t opcode, std::string_view payload,
                                                const Feeding& feeding) {
  Inflater& inflater = *feeding.inflater;
  Verdict verdict;
  switch (inflater.Inflate(payload, feeding.limits.max_message)) {
    case Inflater::Result::kDone:
      verdict = Deliver(opcode, inflater.output(), false, feeding.sink);
      break;
    case Inflater::Result::kTooBig:
      verdict = kTooBig;
      break;
    case Inflater::Result::kCorrupt:
      verdict = {1007, "a compressed message cannot be inflated"};
      break;
  }
  inflater.Trim();
  return verdict;
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
  paused_ = !go_on;
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
