// RFC 7692: compressed messages in the stream of frames.
#include <gmock/gmock.h>

#include "tests/edge/wire/decoder_feeds.h"
#include "tests/support/raw_deflate.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WsDecoderCompressedTest : public DecoderFeeds {
 protected:
  WsDecoded DecodeCompressed(std::string_view bytes, const WsLimits& limits = {}) {
    return Decode(bytes, limits, {}, &inflater_);
  }

  Inflater inflater_;
};
GATEHOUSE_ALL_FEEDS(WsDecoderCompressedTest);

TEST_P(WsDecoderCompressedTest, ReadsCompressedAndPlainMessagesInTurn) {
  const std::string long_text = Compressible(50000);
  const std::string bytes =
      MaskedCompressed(Opcode::kText, RawDeflate("h\u00e9llo")) + Masked(Opcode::kText, "plain") +
      MaskedCompressed(Opcode::kBinary, RawDeflate("\x80\xff")) +
      MaskedCompressed(Opcode::kText, RawDeflate(long_text)) +
      MaskedCompressed(Opcode::kText, RawDeflate("")) + Masked(Opcode::kBinary, "end");
  const WsDecoded decoded = DecodeCompressed(bytes);
  EXPECT_EQ(decoded.code, 0);
  EXPECT_FALSE(decoded.mid_message);
  EXPECT_THAT(decoded.events, ElementsAre("text:h\u00e9llo", "text:plain", "binary:\x80\xff",
                                          "text:" + long_text, "text:", "binary:end"));
}

TEST_P(WsDecoderCompressedTest, FragmentsAreInflatedAsOneMessage) {
  const std::string text = Compressible(3000);
  const std::string payload = RawDeflate(text);
  std::string bytes = MaskedCompressed(Opcode::kText, payload.substr(0, 1), false);
  for (size_t at = 1; at < payload.size(); at += 40) {
    if (at == 41) bytes += Masked(Opcode::kPing, "between");
    bytes += Masked(Opcode::kContinuation, payload.substr(at, 40), false);
  }
  bytes += Masked(Opcode::kContinuation, "");
  EXPECT_THAT(DecodeCompressed(bytes).events, ElementsAre("ping:between", "text:" + text));
}

TEST_P(WsDecoderCompressedTest, AMessageAfterAFragmentedOneSaysForItselfWhatItIs) {
  const std::string payload = RawDeflate("abc");
  const std::string bytes = MaskedCompressed(Opcode::kText, payload.substr(0, 2), false) +
                            Masked(Opcode::kContinuation, payload.substr(2)) +
                            Masked(Opcode::kText, "in ", false) +
                            Masked(Opcode::kContinuation, "clear");
  EXPECT_THAT(DecodeCompressed(bytes).events, ElementsAre("text:abc", "text:in clear"));
}

TEST_P(WsDecoderCompressedTest, WithoutAnAgreementACompressedFrameIsBroken) {
  EXPECT_EQ(Decode(MaskedCompressed(Opcode::kText, RawDeflate("a"))).code, 1002);
}

TEST_P(WsDecoderCompressedTest, OnlyTheFirstFrameOfAMessageSaysThatItIsCompressed) {
  const std::string first = Masked(Opcode::kText, "a", false);
  const std::string compressed = MaskedCompressed(Opcode::kText, "a", false);
  const std::string next = MaskedCompressed(Opcode::kContinuation, "b");
  EXPECT_EQ(DecodeCompressed(first + next).code, 1002);
  EXPECT_EQ(DecodeCompressed(compressed + next).code, 1002);
  EXPECT_EQ(DecodeCompressed(next).code, 1002);
}

TEST_P(WsDecoderCompressedTest, ControlFramesAreNeverCompressed) {
  for (const Opcode opcode : {Opcode::kPing, Opcode::kPong, Opcode::kClose}) {
    EXPECT_EQ(DecodeCompressed(MaskedCompressed(opcode, "")).code, 1002);
  }
}

TEST_P(WsDecoderCompressedTest, TheOtherReservedBitsAreBrokenStill) {
  for (const int bit : {0x20, 0x10, 0x60, 0x50}) {
    EXPECT_EQ(DecodeCompressed(RawHeader(static_cast<uint8_t>(0x81 | bit), 0x80)).code, 1002);
  }
}

TEST_P(WsDecoderCompressedTest, TextIsCheckedWhenItIsInflated) {
  const WsDecoded decoded = DecodeCompressed(MaskedCompressed(Opcode::kText, RawDeflate("a\xc3(")));
  EXPECT_EQ(decoded.code, 1007);
  EXPECT_THAT(decoded.events, IsEmpty());
}

TEST_P(WsDecoderCompressedTest, WhatCannotBeInflatedIs1007) {
  const WsDecoded decoded = DecodeCompressed(MaskedCompressed(Opcode::kBinary, "\xff\xff\xff"));
  EXPECT_EQ(decoded.code, 1007);
  EXPECT_EQ(decoded.reason, "a compressed message cannot be inflated");
}

TEST_P(WsDecoderCompressedTest, TheLimitIsOfWhatComesOut) {
  const WsLimits limits{.max_message = 1000};
  EXPECT_EQ(
      DecodeCompressed(MaskedCompressed(Opcode::kText, RawDeflate(Compressible(1000))), limits)
          .events.size(),
      1U);
  EXPECT_EQ(
      DecodeCompressed(MaskedCompressed(Opcode::kText, RawDeflate(Compressible(1001))), limits)
          .code,
      1009);
}

TEST_P(WsDecoderCompressedTest, ABombIs1009) {
  const std::string bomb = RawDeflate(std::string(8 << 20, '\0'));
  const WsDecoded decoded = DecodeCompressed(MaskedCompressed(Opcode::kBinary, bomb));
  EXPECT_EQ(decoded.code, 1009);
  EXPECT_THAT(decoded.events, IsEmpty());
}

TEST_P(WsDecoderCompressedTest, WhatDoesNotGetShorterFitsAllTheSame) {
  const WsLimits limits{.max_message = 65536};
  const std::string noise = Incompressible(65536);
  EXPECT_THAT(DecodeCompressed(MaskedCompressed(Opcode::kBinary, RawDeflate(noise)), limits).events,
              ElementsAre("binary:" + noise));
}

TEST_P(WsDecoderCompressedTest, CompressedBytesAreBoundedBeforeTheyCome) {
  const WsLimits limits{.max_message = 1000};
  const std::string most = RawHeader(0xc2, 0xfe, 1000 + 125 + 1024, 2);
  EXPECT_EQ(DecodeCompressed(most, limits).code, 0);
  const std::string over = RawHeader(0xc2, 0xfe, 1000 + 125 + 1024 + 1, 2);
  EXPECT_EQ(DecodeCompressed(over, limits).code, 1009);
  const std::string begun = MaskedCompressed(Opcode::kBinary, std::string(2100, '\0'), false);
  EXPECT_EQ(DecodeCompressed(begun + RawHeader(0x80, 0x80 | 50), limits).code, 1009);
}

TEST_P(WsDecoderCompressedTest, FragmentsAreCounted) {
  const WsLimits limits{.max_message = 100, .max_fragments = 2};
  const std::string bytes = MaskedCompressed(Opcode::kText, "", false) +
                            Masked(Opcode::kContinuation, "", false) +
                            Masked(Opcode::kContinuation, RawDeflate("a"));
  EXPECT_EQ(DecodeCompressed(bytes, limits).code, 1009);
}

}  // namespace
}  // namespace edge
