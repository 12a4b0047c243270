// DEPS base wire
//
// Whatever bytes come, they mean the same however they are cut into reads. The first byte of an
// input chooses the limits and the way of cutting, the rest is what the peer sends.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/random.h"
#include "edge/wire/close_code.h"
#include "edge/wire/utf8.h"
#include "tests/support/recording_ws_sink.h"

namespace {

void CheckEvents(const edge::WsDecoded& decoded, const edge::WsLimits& limits) {
  for (const std::string_view event : decoded.events) {
    const bool message = event.starts_with("text:") || event.starts_with("binary:");
    const size_t payload = event.size() - event.find(':') - 1;
    if (event.starts_with("text:")) {
      edge::Utf8Checker checker;
      GATEHOUSE_CHECK(checker.Feed(event) && checker.complete(),
                      "text that is not UTF-8 came through");
    }
    GATEHOUSE_CHECK(!message || payload <= limits.max_message,
                    "a message over the limit came through");
    GATEHOUSE_CHECK(message || payload <= 125 + 5, "a control frame over 125 bytes came through");
  }
  GATEHOUSE_CHECK(decoded.code == 0 || edge::IsValidOnWire(decoded.code),
                  "a verdict nobody may send");
  GATEHOUSE_CHECK(decoded.buffered_bytes <= limits.max_message + 125,
                  "more is kept than the limits allow");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t choice = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const edge::WsLimits limits{.max_message = choice % 2 == 0 ? 65536U : 20U,
                              .max_fragments = choice % 4 < 2 ? 64U : 3U};
  edge::RecordingWsSink sink;
  if (choice % 8 >= 4) sink.pause_after_messages = 2;

  const auto whole = edge::DecodeInPieces(
      bytes, limits, [&] { return bytes.size(); }, sink);
  CheckEvents(whole, limits);
  const auto single = edge::DecodeInPieces(
      bytes, limits, [] { return 1; }, sink);
  GATEHOUSE_CHECK(single.SameButConsumed(whole), "byte by byte is not what the whole is");
  edge::FastRandom random(choice);
  const auto split = edge::DecodeInPieces(
      bytes, limits, [&] { return random.Below(12); }, sink);
  GATEHOUSE_CHECK(split.SameButConsumed(whole), "in pieces is not what the whole is");
  const auto at_once = edge::DecodeInPieces(bytes, limits, [&] { return bytes.size(); });
  GATEHOUSE_CHECK(at_once.SameButConsumed(whole), "with pauses is not what it is without");
  return 0;
}
