// RFC 6455 section 5.2: what a frame's header may say.
#include <gmock/gmock.h>

#include "tests/edge/wire/decoder_feeds.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WsDecoderHeaderTest : public DecoderFeeds {};
GATEHOUSE_ALL_FEEDS(WsDecoderHeaderTest);

TEST_P(WsDecoderHeaderTest, RefusesAFrameThatIsNotMasked) {
  const WsDecoded decoded = Decode(RawHeader(0x81, 0x05) + "hello");
  EXPECT_EQ(decoded.code, 1002);
  EXPECT_THAT(decoded.events, IsEmpty());
}

TEST_P(WsDecoderHeaderTest, RefusesEachReservedBit) {
  for (const int bit : {0x40, 0x20, 0x10}) {
    EXPECT_EQ(Decode(RawHeader(static_cast<uint8_t>(0x81 | bit), 0x80)).code, 1002) << bit;
    EXPECT_EQ(Decode(RawHeader(static_cast<uint8_t>(0x89 | bit), 0x80)).code, 1002) << bit;
  }
}

TEST_P(WsDecoderHeaderTest, RefusesEveryReservedOpcodeEvenInsideAMessage) {
  const std::string open = Masked(Opcode::kText, "a", false);
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    const std::string frame = RawHeader(static_cast<uint8_t>(0x80 | opcode), 0x80);
    EXPECT_EQ(Decode(frame).code, 1002) << opcode;
    EXPECT_EQ(Decode(open + frame).code, 1002) << opcode;
  }
}

TEST_P(WsDecoderHeaderTest, RefusesLengthsThatAreNotInTheirShortestForm) {
  EXPECT_EQ(Decode(RawHeader(0x82, 0xfe, 125, 2)).code, 1002);
  EXPECT_EQ(Decode(RawHeader(0x82, 0xfe, 0, 2)).code, 1002);
  EXPECT_EQ(Decode(RawHeader(0x82, 0xff, 65535, 8)).code, 1002);
  EXPECT_EQ(Decode(RawHeader(0x82, 0xff, 0, 8)).code, 1002);
}

TEST_P(WsDecoderHeaderTest, RefusesALengthWithItsTopBitSet) {
  EXPECT_EQ(Decode(RawHeader(0x82, 0xff, 1ULL << 63, 8)).code, 1002);
  EXPECT_EQ(Decode(RawHeader(0x82, 0xff, ~0ULL, 8)).code, 1002);
}

TEST_P(WsDecoderHeaderTest, FailsOverTheLimitForTheLongestLengthThatIsAllowed) {
  EXPECT_EQ(Decode(RawHeader(0x82, 0xff, ~0ULL >> 1, 8)).code, 1009);
}

TEST_P(WsDecoderHeaderTest, ReadsLengthsOnBothSidesOfEachForm) {
  for (const size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U}) {
    const std::string payload(size, 'x');
    const WsDecoded decoded = Decode(Masked(Opcode::kBinary, payload));
    EXPECT_EQ(decoded.code, 0) << size;
    EXPECT_THAT(decoded.events, ElementsAre("binary:" + payload)) << size;
  }
}

TEST_P(WsDecoderHeaderTest, WaitsForAHeaderThatIsCutOffAnywhere) {
  const std::string header = RawHeader(0x82, 0xff, 65536, 8);
  for (size_t size = 1; size < header.size(); ++size) {
    const WsDecoded decoded = Decode(header.substr(0, size));
    EXPECT_EQ(decoded.code, 0) << size;
    EXPECT_TRUE(decoded.mid_message) << size;
    EXPECT_EQ(decoded.buffered_bytes, 0U) << size;
  }
}

TEST_P(WsDecoderHeaderTest, UnmasksWithTheKeyOfEachFrame) {
  const std::string bytes = MakeMaskedFrame(Opcode::kText, "one", 0, false) +
                            MakeMaskedFrame(Opcode::kContinuation, "two", 0xffffffff, false) +
                            MakeMaskedFrame(Opcode::kContinuation, "three", 0x01020304);
  EXPECT_THAT(Decode(bytes).events, ElementsAre("text:onetwothree"));
}

}  // namespace
}  // namespace edge
