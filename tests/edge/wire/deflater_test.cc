// Messages we compress, held against zlib used directly.
#include "edge/wire/deflater.h"

#include <gtest/gtest.h>

#include "edge/wire/ws_frame.h"
#include "tests/support/raw_deflate.h"

namespace edge {
namespace {

FramePtr CompressText(Deflater& deflater, std::string_view text, int window_bits = 15) {
  return deflater.Compress(MakeWsFrame(Opcode::kText, text)->bytes(), window_bits);
}

// What a client with this window makes of the frame.
std::string Read(const FramePtr& frame, int window_bits = 15) {
  return RawInflate(WsPayload(frame->bytes()), window_bits).value_or("it cannot be read");
}

TEST(DeflaterTest, WhatItMakesIsOneShorterFrameThatZlibReads) {
  Deflater deflater({});
  for (const size_t size : {256U, 1000U, 65535U, 65536U, 300000U}) {
    const std::string text = Compressible(size);
    const FramePtr frame = CompressText(deflater, text);
    ASSERT_TRUE(frame) << size;
    const std::string_view payload = WsPayload(frame->bytes());
    EXPECT_LT(payload.size(), size);
    EXPECT_EQ(frame->size(), WsHeaderSize(payload.size()) + payload.size());
    EXPECT_TRUE(Read(frame) == text) << size;
  }
}

TEST(DeflaterTest, TheFrameSaysThatItIsCompressedAndWhatItCarries) {
  Deflater deflater({});
  const std::string text = Compressible(1000);
  const FramePtr as_text = CompressText(deflater, text);
  const FramePtr as_binary =
      deflater.Compress(MakeWsFrame(Opcode::kBinary, text)->bytes(), kMaxWindowBits);
  EXPECT_EQ(static_cast<uint8_t>(as_text->data()[0]), 0xc1);
  EXPECT_EQ(static_cast<uint8_t>(as_binary->data()[0]), 0xc2);
}

TEST(DeflaterTest, MessagesUnderTheThresholdStayAsTheyAre) {
  Deflater deflater({.threshold = 300});
  EXPECT_FALSE(CompressText(deflater, Compressible(299)));
  EXPECT_EQ(deflater.compressions(), 0U);
  EXPECT_TRUE(CompressText(deflater, Compressible(300)));
}

TEST(DeflaterTest, AThresholdOfNothingCompressesWhateverGetsShorter) {
  Deflater deflater({.threshold = 0});
  EXPECT_FALSE(CompressText(deflater, ""));
  EXPECT_FALSE(CompressText(deflater, "ab"));
  const FramePtr frame = CompressText(deflater, std::string(20, 'a'));
  ASSERT_TRUE(frame);
  EXPECT_EQ(Read(frame), std::string(20, 'a'));
}

TEST(DeflaterTest, WhatDoesNotGetShorterStaysAsItIs) {
  Deflater deflater({});
  for (const size_t size : {256U, 5000U, 100000U}) {
    EXPECT_FALSE(CompressText(deflater, Incompressible(size))) << size;
  }
  // And harms nobody after it.
  EXPECT_TRUE(Read(CompressText(deflater, Compressible(400))) == Compressible(400));
}

TEST(DeflaterTest, EverythingIsCompressedWhereASuiteWantsIt) {
  Deflater deflater({.threshold = 0, .only_if_shorter = false});
  for (const size_t size : {1U, 16U, 5000U, 100000U}) {
    const std::string text = Incompressible(size);
    const FramePtr frame = CompressText(deflater, text);
    ASSERT_TRUE(frame) << size;
    EXPECT_TRUE(Read(frame) == text) << size;
  }
}

TEST(DeflaterTest, EveryMessageStandsByItself) {
  Deflater deflater({});
  const std::string text = Compressible(5000);
  const FramePtr first = CompressText(deflater, text);
  const FramePtr second = CompressText(deflater, text);
  EXPECT_EQ(first->bytes(), second->bytes());
}

TEST(DeflaterTest, EveryWindowCanReadWhatIsMadeForIt) {
  Deflater deflater({});
  for (int bits = 9; bits <= kMaxWindowBits; ++bits) {
    for (const size_t size :
         {size_t{256}, size_t{1} << bits, (size_t{1} << bits) + 1, size_t{65536}}) {
      const std::string text = Compressible(size);
      const FramePtr frame = CompressText(deflater, text, bits);
      ASSERT_TRUE(frame) << bits << " " << size;
      EXPECT_TRUE(Read(frame, bits) == text) << bits << " " << size;
    }
  }
}

TEST(DeflaterTest, AWindowMattersOnlyToMessagesLargerThanIt) {
  Deflater deflater({});
  // A copy of the beginning at the end, as far away as it can be.
  const std::string unlike = Incompressible(600);
  const std::string text = unlike + std::string(30000, 'x') + unlike;
  const FramePtr wide = CompressText(deflater, text);
  EXPECT_EQ(Read(wide, 9), "it cannot be read");
  EXPECT_TRUE(Read(CompressText(deflater, text, 9), 9) == text);
  const std::string small = unlike.substr(0, 200) + std::string(100, 'x') + unlike.substr(0, 200);
  EXPECT_TRUE(Read(CompressText(deflater, small), 9) == small);
}

TEST(DeflaterTest, TheSmallestWindowGetsMessagesThatFitIntoIt) {
  // Of 256 bytes, which zlib has no state for.
  Deflater deflater({.threshold = 0});
  const std::string text = Compressible(256);
  EXPECT_TRUE(Read(CompressText(deflater, text, 8), 8) == text);
  EXPECT_FALSE(CompressText(deflater, Compressible(257), 8));
}

TEST(DeflaterTest, HigherLevelsMakeLess) {
  Deflater fast({.level = 1});
  Deflater small({.level = 9});
  const std::string text = Compressible(20000);
  EXPECT_LT(CompressText(small, text)->size(), CompressText(fast, text)->size());
}

}  // namespace
}  // namespace edge
