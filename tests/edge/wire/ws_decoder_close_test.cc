// RFC 6455 sections 5.5.1 and 7.4: the peer's Close.
#include <gmock/gmock.h>

#include <vector>

#include "tests/edge/wire/decoder_feeds.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Close(int code, std::string_view reason = "") {
  std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return Masked(Opcode::kClose, payload.append(reason));
}

class WsDecoderCloseTest : public DecoderFeeds {};
GATEHOUSE_ALL_FEEDS(WsDecoderCloseTest);

TEST_P(WsDecoderCloseTest, HandsOutCodeAndReason) {
  EXPECT_THAT(Decode(Close(1000, "bye \u00e9")).events, ElementsAre("close:1000:bye \u00e9"));
  EXPECT_THAT(Decode(Close(4999)).events, ElementsAre("close:4999:"));
}

TEST_P(WsDecoderCloseTest, Says1005WhereThereIsNoCode) {
  EXPECT_THAT(Decode(Masked(Opcode::kClose, "")).events, ElementsAre("close:1005:"));
}

TEST_P(WsDecoderCloseTest, RefusesHalfACode) {
  const WsDecoded decoded = Decode(Masked(Opcode::kClose, "\x03"));
  EXPECT_EQ(decoded.code, 1002);
  EXPECT_THAT(decoded.events, IsEmpty());
}

TEST_P(WsDecoderCloseTest, AcceptsEveryCodeThatMayBeSent) {
  std::vector<int> codes = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014};
  codes.insert(codes.end(), {3000, 3499, 3999, 4000, 4999});
  for (const int code : codes) EXPECT_EQ(Decode(Close(code)).code, 0) << code;
}

TEST_P(WsDecoderCloseTest, RefusesEveryCodeThatMayNot) {
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    const WsDecoded decoded = Decode(Close(code, "why"));
    EXPECT_EQ(decoded.code, 1002) << code;
    EXPECT_THAT(decoded.events, IsEmpty()) << code;
  }
}

TEST_P(WsDecoderCloseTest, RefusesAReasonThatIsNotUtf8) {
  EXPECT_EQ(Decode(Close(1000, "\xff")).code, 1007);
  EXPECT_EQ(Decode(Close(1000, "cut \xe2\x82")).code, 1007);
}

TEST_P(WsDecoderCloseTest, AcceptsTheLongestReason) {
  const std::string reason(123, 'r');
  EXPECT_THAT(Decode(Close(1000, reason)).events, ElementsAre("close:1000:" + reason));
}

TEST_P(WsDecoderCloseTest, MayComeInsideAMessageAndDropsIt) {
  const WsDecoded decoded = Decode(Masked(Opcode::kText, "half", false) + Close(1001));
  EXPECT_EQ(decoded.code, 0);
  EXPECT_THAT(decoded.events, ElementsAre("close:1001:"));
  EXPECT_FALSE(decoded.mid_message);
  EXPECT_EQ(decoded.buffered_bytes, 0U);
}

TEST_P(WsDecoderCloseTest, NothingIsDecodedAfterIt) {
  const WsDecoded decoded =
      Decode(Close(1000) + Masked(Opcode::kText, "late") + Close(1001) + "\xff\xff\xff");
  EXPECT_EQ(decoded.code, 0);
  EXPECT_THAT(decoded.events, ElementsAre("close:1000:"));
  EXPECT_FALSE(decoded.mid_message);
}

}  // namespace
}  // namespace edge
