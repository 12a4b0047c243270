// RFC 6455 sections 5.4, 5.6 and 8.1: messages, their fragments and their text.
#include <gmock/gmock.h>

#include <vector>

#include "tests/edge/wire/decoder_feeds.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WsDecoderMessageTest : public DecoderFeeds {};
GATEHOUSE_ALL_FEEDS(WsDecoderMessageTest);

TEST_P(WsDecoderMessageTest, HandsOutMessagesInOrder) {
  const WsDecoded decoded = Decode(Masked(Opcode::kText, "a") + Masked(Opcode::kBinary, "\xff\0") +
                                   Masked(Opcode::kText, "") + Masked(Opcode::kText, "\u00e9"));
  EXPECT_EQ(decoded.code, 0);
  EXPECT_THAT(decoded.events, ElementsAre("text:a", "binary:\xff", "text:", "text:\u00e9"));
  EXPECT_FALSE(decoded.mid_message);
}

TEST_P(WsDecoderMessageTest, JoinsFragments) {
  const WsDecoded decoded =
      Decode(Masked(Opcode::kText, "a", false) + Masked(Opcode::kContinuation, "b", false) +
             Masked(Opcode::kContinuation, "c") + Masked(Opcode::kBinary, "d", false) +
             Masked(Opcode::kContinuation, "e") + Masked(Opcode::kText, "f"));
  EXPECT_THAT(decoded.events, ElementsAre("text:abc", "binary:de", "text:f"));
}

TEST_P(WsDecoderMessageTest, AcceptsEmptyFragmentsInEveryPlace) {
  const std::string empty = Masked(Opcode::kContinuation, "", false);
  const WsDecoded decoded =
      Decode(Masked(Opcode::kText, "", false) + empty + Masked(Opcode::kContinuation, "a", false) +
             empty + Masked(Opcode::kContinuation, ""));
  EXPECT_THAT(decoded.events, ElementsAre("text:a"));
  EXPECT_FALSE(decoded.mid_message);
}

TEST_P(WsDecoderMessageTest, HandsOutAMessageOfNothingButEmptyFragments) {
  EXPECT_THAT(Decode(Masked(Opcode::kBinary, "", false) + Masked(Opcode::kContinuation, "")).events,
              ElementsAre("binary:"));
}

TEST_P(WsDecoderMessageTest, IsInsideAMessageBetweenItsFragments) {
  const WsDecoded decoded = Decode(Masked(Opcode::kText, "ab", false));
  EXPECT_EQ(decoded.code, 0);
  EXPECT_TRUE(decoded.mid_message);
  EXPECT_EQ(decoded.buffered_bytes, 2U);
}

TEST_P(WsDecoderMessageTest, RefusesAContinuationOfNothing) {
  EXPECT_EQ(Decode(Masked(Opcode::kContinuation, "a")).code, 1002);
  EXPECT_EQ(Decode(Masked(Opcode::kContinuation, "a", false)).code, 1002);
  EXPECT_EQ(Decode(Masked(Opcode::kText, "a") + Masked(Opcode::kContinuation, "b")).code, 1002);
}

TEST_P(WsDecoderMessageTest, RefusesAMessageInsideAnother) {
  const std::string open = Masked(Opcode::kText, "a", false);
  EXPECT_EQ(Decode(open + Masked(Opcode::kText, "b")).code, 1002);
  EXPECT_EQ(Decode(open + Masked(Opcode::kBinary, "b", false)).code, 1002);
}

TEST_P(WsDecoderMessageTest, AcceptsCharactersThatAreSplitOverFragments) {
  const WsDecoded decoded = Decode(
      Masked(Opcode::kText, "\xf0", false) + Masked(Opcode::kContinuation, "\x9f\x98", false) +
      Masked(Opcode::kContinuation, "", false) + Masked(Opcode::kContinuation, "\x80"));
  EXPECT_THAT(decoded.events, ElementsAre("text:\U0001F600"));
}

TEST_P(WsDecoderMessageTest, StartsEveryTextAfresh) {
  const WsDecoded decoded =
      Decode(Masked(Opcode::kText, "\xc3", false) + Masked(Opcode::kContinuation, "\xa9") +
             Masked(Opcode::kText, "a", false) + Masked(Opcode::kContinuation, "b"));
  EXPECT_THAT(decoded.events, ElementsAre("text:\u00e9", "text:ab"));
}

TEST_P(WsDecoderMessageTest, RefusesTextThatEndsInsideACharacter) {
  EXPECT_EQ(Decode(Masked(Opcode::kText, "a\xe2\x82")).code, 1007);
  EXPECT_EQ(
      Decode(Masked(Opcode::kText, "\xe2\x82", false) + Masked(Opcode::kContinuation, "")).code,
      1007);
}

TEST_P(WsDecoderMessageTest, RefusesTextThatIsNotUtf8) {
  for (const char* text :
       {"\xff", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "ab\xc3(cd"}) {
    const WsDecoded decoded = Decode(Masked(Opcode::kText, text));
    EXPECT_EQ(decoded.code, 1007) << text;
    EXPECT_THAT(decoded.events, IsEmpty());
  }
}

TEST_P(WsDecoderMessageTest, PassesAnyBytesInABinaryMessage) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_THAT(
      Decode(Masked(Opcode::kBinary, all, false) + Masked(Opcode::kContinuation, all)).events,
      ElementsAre("binary:" + all + all));
}

TEST_P(WsDecoderMessageTest, LeavesTheRestWhenTheSinkSaysSo) {
  const std::string bytes =
      Masked(Opcode::kText, "a") + Masked(Opcode::kText, "b") + Masked(Opcode::kText, "c");
  RecordingWsSink sink;
  sink.pause_after_messages = 2;
  const WsDecoded decoded = Decode(bytes, {}, sink);
  EXPECT_EQ(decoded.code, 0);
  EXPECT_THAT(decoded.events, ElementsAre("text:a", "text:b", "text:c"));
  EXPECT_FALSE(decoded.mid_message);
}

TEST(WsDecoderPauseTest, SaysHowMuchIsLeft) {
  std::string bytes = Masked(Opcode::kText, "a");
  const size_t first = bytes.size();
  bytes += Masked(Opcode::kText, "b").substr(0, 3);
  const size_t size = bytes.size();
  bytes.resize(size + kScratchSlack);
  WsDecoder decoder;
  RecordingWsSink sink;
  sink.pause_after_messages = 1;
  EXPECT_EQ(decoder.Feed({bytes.data(), size}, {}, sink).left, size - first);
  EXPECT_THAT(sink.events, ElementsAre("text:a"));
  EXPECT_FALSE(decoder.mid_message());
  EXPECT_EQ(decoder.Feed({bytes.data() + first, size - first}, {}, sink).left, 0U);
  EXPECT_TRUE(decoder.mid_message());
}

// A byte that cannot be right fails at once, though the frame announces more (Autobahn 6.4).
TEST(WsDecoderFailFastTest, FailsAtTheBadByteNotAtTheEndOfTheFrame) {
  std::string bytes = Masked(Opcode::kText, "ab\xce\xba\xf4\x90\x80\x80 and much more");
  const size_t bad_byte = 6 + 6;  // the header, "ab", a two-byte character, 0xf4, then 0x90
  bytes.resize(bad_byte);
  const WsDecoded decoded = DecodeInPieces(bytes, {}, [] { return 1; });
  EXPECT_EQ(decoded.code, 1007);
  EXPECT_EQ(decoded.consumed, bad_byte);
}

TEST(WsDecoderFailFastTest, FailsInAFragmentBeforeTheMessageEnds) {
  const std::string bytes =
      Masked(Opcode::kText, "\xe2", false) + Masked(Opcode::kContinuation, "\x28\xa1", false);
  EXPECT_EQ(DecodeInPieces(bytes, {}, [&] { return bytes.size(); }).code, 1007);
}

TEST(WsDecoderInPlaceTest, AWholeMessageIsHandedOutWhereItLies) {
  class Where final : public WsSink {
   public:
    const char* data = nullptr;
    bool OnWsMessage(bool, std::string_view payload) override {
      data = payload.data();
      return true;
    }
    bool OnWsPing(std::string_view) override { return true; }
    bool OnWsPong(std::string_view) override { return true; }
    void OnWsClose(uint16_t, std::string_view) override {}
  };
  std::string bytes = Masked(Opcode::kText, "hello");
  const size_t size = bytes.size();
  bytes.resize(size + kScratchSlack);
  WsDecoder decoder;
  Where sink;
  EXPECT_TRUE(decoder.Feed({bytes.data(), size}, {}, sink).ok());
  EXPECT_EQ(sink.data, bytes.data() + 6);
  EXPECT_FALSE(decoder.mid_message());
}

TEST(WsDecoderEndTest, IgnoresEverythingAfterAFailure) {
  std::string bad = Masked(Opcode::kContinuation, "a");
  std::string good = Masked(Opcode::kText, "b");
  const size_t sizes[] = {bad.size(), good.size()};
  bad.resize(sizes[0] + kScratchSlack);
  good.resize(sizes[1] + kScratchSlack);
  WsDecoder decoder;
  RecordingWsSink sink;
  EXPECT_EQ(decoder.Feed({bad.data(), sizes[0]}, {}, sink).code, 1002);
  EXPECT_TRUE(decoder.Feed({good.data(), sizes[1]}, {}, sink).ok());
  EXPECT_THAT(sink.events, IsEmpty());
  EXPECT_FALSE(decoder.mid_message());
}

}  // namespace
}  // namespace edge
