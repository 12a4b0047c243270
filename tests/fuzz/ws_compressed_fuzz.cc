// DEPS base wire
//
// With permessage-deflate too, whatever bytes come mean the same however they are cut into reads,
// and nothing over the limit is inflated. And whatever we compress, we read again. The first byte
// of an input chooses the limit, the way of cutting and the window; the rest is what the peer
// sends, and the message we compress.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/random.h"
#include "edge/wire/deflater.h"
#include "edge/wire/ws_frame.h"
#include "tests/support/recording_ws_sink.h"

namespace {

void CheckDecoding(std::string_view bytes, uint8_t choice) {
  const edge::WsLimits limits{.max_message = choice % 2 == 0 ? 65536U : 20U};
  edge::Inflater inflater;
  const auto whole = edge::DecodeInPieces(
      bytes, limits, [&] { return bytes.size(); }, {}, &inflater);
  for (const std::string_view event : whole.events) {
    const bool message = event.starts_with("text:") || event.starts_with("binary:");
    GATEHOUSE_CHECK(!message || event.size() - event.find(':') - 1 <= limits.max_message,
                    "a message over the limit came through");
  }
  const auto single = edge::DecodeInPieces(
      bytes, limits, [] { return 1; }, {}, &inflater);
  GATEHOUSE_CHECK(single.SameButConsumed(whole), "byte by byte is not what the whole is");
  edge::FastRandom random(choice);
  const auto split = edge::DecodeInPieces(
      bytes, limits, [&] { return random.Below(12); }, {}, &inflater);
  GATEHOUSE_CHECK(split.SameButConsumed(whole), "in pieces is not what the whole is");
}

void CheckCompressing(std::string_view message, uint8_t choice) {
  static edge::Deflater deflater({.threshold = 0, .level = 3});
  static edge::Inflater inflater;
  const edge::FramePtr plain = edge::MakeWsFrame(edge::Opcode::kBinary, message);
  const edge::FramePtr deflated = deflater.Compress(plain->bytes(), 8 + choice % 8);
  if (!deflated) return;
  GATEHOUSE_CHECK(deflated->size() < plain->size(), "compressed, it is not shorter");
  const std::string_view payload = edge::WsPayload(deflated->bytes());
  GATEHOUSE_CHECK(inflater.Inflate(payload, message.size()) == edge::Inflater::Result::kDone &&
                      inflater.output() == message,
                  "what was compressed is not read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  CheckDecoding(bytes, data[0]);
  CheckCompressing(bytes, data[0]);
  return 0;
}
