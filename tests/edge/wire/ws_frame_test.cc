#include "edge/wire/ws_frame.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "edge/wire/utf8.h"

namespace edge {
namespace {

std::string HeaderOf(size_t payload, bool fin = true) {
  char out[10];
  return std::string(out, WriteWsHeader(out, Opcode::kBinary, payload, fin));
}

std::string ReasonOf(const FramePtr& close) {
  return std::string(close->bytes().substr(4));
}

TEST(WriteWsHeaderTest, UsesTheShortestFormOfTheLength) {
  EXPECT_EQ(HeaderOf(0), std::string("\x82\x00", 2));
  EXPECT_EQ(HeaderOf(125), "\x82\x7d");
  EXPECT_EQ(HeaderOf(126), std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(HeaderOf(65535), "\x82\x7e\xff\xff");
  EXPECT_EQ(HeaderOf(65536), std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10));
  EXPECT_EQ(HeaderOf(0x0102030405060708), "\x82\x7f\x01\x02\x03\x04\x05\x06\x07\x08");
}

TEST(WriteWsHeaderTest, ClearsTheFirstBitWhereMoreFragmentsFollow) {
  EXPECT_EQ(HeaderOf(1, false), "\x02\x01");
}

TEST(WsHeaderSizeTest, IsWhatWriteWsHeaderWrites) {
  for (const size_t payload : {0UL, 125UL, 126UL, 65535UL, 65536UL, 1UL << 40}) {
    EXPECT_EQ(WsHeaderSize(payload), HeaderOf(payload).size()) << payload;
  }
}

TEST(MakeWsFrameTest, IsHeaderAndPayloadUnmasked) {
  EXPECT_EQ(MakeWsFrame(Opcode::kText, "hello")->bytes(), "\x81\x05hello");
  EXPECT_EQ(MakeWsFrame(Opcode::kPing, "")->bytes(), std::string_view("\x89\x00", 2));
}

TEST(MakeCloseFrameTest, HasTheCodeInNetworkOrderAndTheReason) {
  EXPECT_EQ(MakeCloseFrame(3503, "out")->bytes(), "\x88\x05\x0d\xafout");
  EXPECT_EQ(MakeCloseFrame(1000, "")->bytes(), "\x88\x02\x03\xe8");
}

TEST(MakeCloseFrameTest, CutsTheReasonAt123Bytes) {
  EXPECT_EQ(ReasonOf(MakeCloseFrame(1000, std::string(123, 'a'))), std::string(123, 'a'));
  EXPECT_EQ(ReasonOf(MakeCloseFrame(1000, std::string(124, 'a'))), std::string(123, 'a'));
}

TEST(MakeCloseFrameTest, CutsBetweenCharactersWhereverTheBorderFalls) {
  for (const std::string character : {"\u00e9", "\u20ac", "\U0001F600"}) {
    for (size_t before = 115; before <= 124; ++before) {
      const std::string text = std::string(before, 'a') + character + character + character;
      const std::string reason = ReasonOf(MakeCloseFrame(1000, text));
      Utf8Checker checker;
      EXPECT_TRUE(checker.Feed(reason) && checker.complete()) << before;
      EXPECT_LE(reason.size(), 123U);
      EXPECT_TRUE(reason == text || reason.size() + character.size() > 123U) << "cut too early";
      EXPECT_TRUE(text.starts_with(reason));
    }
  }
}

TEST(MakeCloseFrameTest, EndsForAReasonOfContinuationBytesOnly) {
  EXPECT_EQ(ReasonOf(MakeCloseFrame(1000, std::string(200, '\x80'))), "");
}

TEST(MakeMaskedFrameTest, IsTheExampleOfRfc6455) {
  const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};  // section 5.7
  uint32_t mask;
  std::memcpy(&mask, key, sizeof mask);
  EXPECT_EQ(MakeMaskedFrame(Opcode::kText, "Hello", mask),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

}  // namespace
}  // namespace edge
