// Limits: refused as early as they can be seen, and memory follows what came, not what is
// announced.
#include <gmock/gmock.h>

#include "tests/edge/wire/decoder_feeds.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WsDecoderLimitsTest : public DecoderFeeds {};
GATEHOUSE_ALL_FEEDS(WsDecoderLimitsTest);

TEST_P(WsDecoderLimitsTest, AcceptsAMessageOfExactlyTheLimit) {
  const WsLimits limits{.max_message = 200, .max_fragments = 4};
  EXPECT_EQ(Decode(Masked(Opcode::kText, std::string(200, 'x')), limits).events.size(), 1U);
  EXPECT_EQ(Decode(Masked(Opcode::kText, std::string(150, 'x'), false) +
                       Masked(Opcode::kContinuation, std::string(50, 'x')),
                   limits)
                .events.size(),
            1U);
}

TEST_P(WsDecoderLimitsTest, RefusesOneByteMoreFromTheHeaderAlone) {
  const WsLimits limits{.max_message = 200, .max_fragments = 4};
  const std::string header = Masked(Opcode::kText, std::string(201, 'x')).substr(0, 8);
  const WsDecoded decoded = Decode(header, limits);
  EXPECT_EQ(decoded.code, 1009);
  EXPECT_THAT(decoded.events, IsEmpty());
}

TEST_P(WsDecoderLimitsTest, CountsTheFragmentsBefore) {
  const WsLimits limits{.max_message = 200, .max_fragments = 4};
  const std::string second = Masked(Opcode::kContinuation, std::string(51, 'x'));
  EXPECT_EQ(
      Decode(Masked(Opcode::kText, std::string(150, 'x'), false) + second.substr(0, 6), limits)
          .code,
      1009);
}

TEST_P(WsDecoderLimitsTest, StartsCountingAfreshWithEveryMessage) {
  const WsLimits limits{.max_message = 4, .max_fragments = 2};
  std::string bytes;
  for (int i = 0; i < 10; ++i) {
    bytes += Masked(Opcode::kText, "ab", false) + Masked(Opcode::kContinuation, "cd");
  }
  const WsDecoded decoded = Decode(bytes, limits);
  EXPECT_EQ(decoded.code, 0);
  EXPECT_EQ(decoded.events.size(), 10U);
}

TEST_P(WsDecoderLimitsTest, RefusesOneFragmentTooMany) {
  const WsLimits limits{.max_message = 100, .max_fragments = 3};
  const std::string two =
      Masked(Opcode::kText, "a", false) + Masked(Opcode::kContinuation, "", false);
  EXPECT_THAT(Decode(two + Masked(Opcode::kContinuation, "b"), limits).events,
              ElementsAre("text:ab"));
  EXPECT_EQ(
      Decode(two + Masked(Opcode::kContinuation, "", false) + Masked(Opcode::kContinuation, "b"),
             limits)
          .code,
      1009);
}

TEST_P(WsDecoderLimitsTest, CutsOffEndlessEmptyFragments) {
  std::string bytes = Masked(Opcode::kBinary, "", false);
  for (int i = 0; i < 64; ++i) bytes += Masked(Opcode::kContinuation, "", false);
  EXPECT_EQ(Decode(bytes).code, 1009);
}

TEST(WsDecoderLargeMessageTest, Carries16MiBInOneReadOrInMany) {
  constexpr size_t kSize = 16 << 20;
  std::string text(kSize, 'a');
  for (size_t i = 0; i + 2 < kSize; i += 1021) text.replace(i, 2, "\u00e9");
  const std::string bytes = Masked(Opcode::kText, text);
  for (const size_t read : {bytes.size(), size_t{65536}, size_t{4099}}) {
    const WsDecoded decoded = DecodeInPieces(bytes, {.max_message = kSize}, [&] { return read; });
    ASSERT_EQ(decoded.events.size(), 1U) << read;
    EXPECT_TRUE(decoded.events[0] == "text:" + text) << read;
  }
}

TEST(WsDecoderMemoryTest, HoldsOnlyWhatReallyCame) {
  const std::string bytes = RawHeader(0x82, 0xff, 16 << 20, 8) + "12345";
  const WsDecoded decoded =
      DecodeInPieces(bytes, {.max_message = 16 << 20}, [&] { return bytes.size(); });
  EXPECT_EQ(decoded.code, 0);
  EXPECT_TRUE(decoded.mid_message);
  EXPECT_EQ(decoded.buffered_bytes, 5U);
}

}  // namespace
}  // namespace edge
