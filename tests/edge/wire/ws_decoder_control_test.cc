// RFC 6455 section 5.5: control frames.
#include <gmock/gmock.h>

#include "tests/edge/wire/decoder_feeds.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WsDecoderControlTest : public DecoderFeeds {};
GATEHOUSE_ALL_FEEDS(WsDecoderControlTest);

TEST_P(WsDecoderControlTest, HandsOutPingsAndPongsWithTheirPayload) {
  const std::string longest(125, 'p');
  const WsDecoded decoded = Decode(Masked(Opcode::kPing, "") + Masked(Opcode::kPong, "\xff\x00x") +
                                   Masked(Opcode::kPing, longest));
  EXPECT_EQ(decoded.code, 0);
  EXPECT_THAT(decoded.events, ElementsAre("ping:", "pong:\xff", "ping:" + longest));
  EXPECT_FALSE(decoded.mid_message);
}

TEST_P(WsDecoderControlTest, HandsThemOutBetweenTheFragmentsOfAMessage) {
  const WsDecoded decoded =
      Decode(Masked(Opcode::kText, "\xe2\x82", false) + Masked(Opcode::kPing, "1") +
             Masked(Opcode::kPong, "\xff") + Masked(Opcode::kContinuation, "\xac", false) +
             Masked(Opcode::kPing, "2") + Masked(Opcode::kContinuation, "."));
  EXPECT_THAT(decoded.events, ElementsAre("ping:1", "pong:\xff", "ping:2", "text:\u20ac."));
}

TEST_P(WsDecoderControlTest, AreNoFragmentsOfTheMessage) {
  std::string bytes = Masked(Opcode::kText, "a", false);
  for (int i = 0; i < 100; ++i) bytes += Masked(Opcode::kPing, "");
  bytes += Masked(Opcode::kContinuation, "b");
  const WsDecoded decoded = Decode(bytes, {.max_message = 2, .max_fragments = 2});
  EXPECT_EQ(decoded.code, 0);
  EXPECT_EQ(decoded.events.back(), "text:ab");
}

TEST_P(WsDecoderControlTest, LeaveTheMessageRoundThemAsItWas) {
  const WsDecoded decoded =
      Decode(Masked(Opcode::kText, "abc", false) + Masked(Opcode::kPing, "12345"));
  EXPECT_TRUE(decoded.mid_message);
  EXPECT_EQ(decoded.buffered_bytes, 3U);
}

TEST_P(WsDecoderControlTest, RefusesFragmentedOnes) {
  for (const Opcode opcode : {Opcode::kPing, Opcode::kPong, Opcode::kClose}) {
    const WsDecoded decoded = Decode(Masked(opcode, "", false));
    EXPECT_EQ(decoded.code, 1002);
    EXPECT_THAT(decoded.events, IsEmpty());
  }
}

TEST_P(WsDecoderControlTest, RefusesPayloadsOver125Bytes) {
  for (const Opcode opcode : {Opcode::kPing, Opcode::kPong, Opcode::kClose}) {
    EXPECT_EQ(Decode(Masked(opcode, std::string(126, 'x'))).code, 1002);
  }
}

TEST_P(WsDecoderControlTest, RefusesALongOneFromItsHeaderAlone) {
  EXPECT_EQ(Decode(RawHeader(0x89, 0xff, 1 << 20, 8)).code, 1002);
}

TEST_P(WsDecoderControlTest, ArriveWhateverTheMessageLimit) {
  const WsDecoded decoded =
      Decode(Masked(Opcode::kPing, std::string(125, 'x')), {.max_message = 1, .max_fragments = 1});
  EXPECT_EQ(decoded.code, 0);
}

}  // namespace
}  // namespace edge
