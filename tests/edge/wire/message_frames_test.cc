#include "edge/wire/message_frames.h"

#include <gtest/gtest.h>

#include "edge/wire/ws_frame.h"
#include "tests/support/raw_deflate.h"

namespace edge {
namespace {

class MessageFramesTest : public ::testing::Test {
 protected:
  static FramePtr Text(size_t size) { return MakeWsFrame(Opcode::kText, Compressible(size)); }
  static bool IsCompressed(const LocalFrame& frame) {
    return (static_cast<uint8_t>(frame.data()[0]) & kCompressedBit) != 0;
  }
  static std::string Read(const LocalFrame& frame, int window_bits) {
    return RawInflate(WsPayload(frame.bytes()), window_bits).value_or("it cannot be read");
  }

  Deflater deflater_{DeflateRules{}};
};

TEST_F(MessageFramesTest, WithoutCompressionThePlainFrameItselfIsHandedOut) {
  const FramePtr plain = Text(1000);
  MessageFrames frames(plain, deflater_);
  EXPECT_EQ(frames.For(0).data(), plain->data());
  EXPECT_EQ(deflater_.compressions(), 0U);
}

TEST_F(MessageFramesTest, OneFrameServesAllWindowsThatHoldTheMessage) {
  MessageFrames frames(Text(500), deflater_);
  const LocalFrame& widest = frames.For(15);
  EXPECT_TRUE(IsCompressed(widest));
  for (uint8_t bits = 9; bits < 15; ++bits) EXPECT_EQ(&frames.For(bits), &widest);
  EXPECT_EQ(deflater_.compressions(), 1U);
}

TEST_F(MessageFramesTest, SmallerWindowsGetAFrameOfTheirOwnOnce) {
  MessageFrames frames(Text(5000), deflater_);
  for (int round = 0; round < 3; ++round) {
    for (const uint8_t bits : {15, 9, 12, 13, 14}) {
      EXPECT_TRUE(Read(frames.For(bits), bits) == Compressible(5000)) << int{bits};
    }
  }
  EXPECT_EQ(&frames.For(13), &frames.For(15));
  EXPECT_EQ(deflater_.compressions(), 3U);  // for all from 13 on, for 9 and for 12
}

TEST_F(MessageFramesTest, TheSmallestWindowGetsThePlainFrame) {
  MessageFrames frames(Text(500), deflater_);
  EXPECT_EQ(&frames.For(8), &frames.For(0));
}

TEST_F(MessageFramesTest, WhatCameCompressedIsNotCompressedAgain) {
  const FramePtr plain = Text(500);
  const FramePtr deflated = deflater_.Compress(plain->bytes(), kMaxWindowBits);
  MessageFrames frames(plain, deflated, deflater_);
  EXPECT_EQ(frames.For(15).data(), deflated->data());
  EXPECT_EQ(frames.For(9).data(), deflated->data());
  EXPECT_EQ(frames.For(0).data(), plain->data());
  EXPECT_EQ(deflater_.compressions(), 1U);
}

TEST_F(MessageFramesTest, WhatWasNotWorthItIsNotTriedAgain) {
  MessageFrames frames(Text(5000), FramePtr(), deflater_);
  for (uint8_t bits = 8; bits <= 15; ++bits) EXPECT_EQ(&frames.For(bits), &frames.For(0));
  EXPECT_EQ(deflater_.compressions(), 0U);
}

}  // namespace
}  // namespace edge
