// Messages that clients compressed, held against zlib used directly.
#include "edge/wire/inflater.h"

#include <gtest/gtest.h>

#include "tests/support/raw_deflate.h"

namespace edge {
namespace {

constexpr size_t kLimit = size_t{1} << 20;
using Result = Inflater::Result;

TEST(InflaterTest, GivesBackEveryMessageFromEveryWindow) {
  Inflater inflater;
  for (const size_t size : {0U, 1U, 100U, 8191U, 8192U, 8193U, 70000U, 300000U}) {
    for (const std::string& text : {Compressible(size), Incompressible(size)}) {
      for (const int bits : {9, 12, 15}) {
        ASSERT_EQ(inflater.Inflate(RawDeflate(text, bits), kLimit), Result::kDone) << size;
        ASSERT_TRUE(inflater.output() == text) << size << " " << bits;
        inflater.Trim();
      }
    }
  }
}

TEST(InflaterTest, WhatItSaysIsFollowedByReadableBytes) {
  Inflater inflater;
  for (const size_t size : {0U, 1U, 8192U, 65536U}) {
    ASSERT_EQ(inflater.Inflate(RawDeflate(Compressible(size)), size), Result::kDone);
    const std::string_view output = inflater.output();
    volatile char sum = 0;
    for (size_t i = 0; i < 64; ++i) sum = static_cast<char>(sum + output.data()[output.size() + i]);
    EXPECT_EQ(output.size(), size);
  }
}

TEST(InflaterTest, NothingRemainsOfTheMessageBefore) {
  Inflater inflater;
  const std::string text = Compressible(5000);
  // As the second message of a client that keeps its context says it: by references to the first.
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string payloads[2] = {std::string(6000, '\0'), std::string(6000, '\0')};
  for (std::string& payload : payloads) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(payload.data());
    stream.avail_out = static_cast<uInt>(payload.size());
    ASSERT_EQ(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    payload.resize(payload.size() - stream.avail_out - 4);
  }
  deflateEnd(&stream);
  EXPECT_EQ(inflater.Inflate(payloads[0], kLimit), Result::kDone);
  EXPECT_EQ(inflater.Inflate(payloads[1], kLimit), Result::kCorrupt);
  EXPECT_EQ(inflater.Inflate(payloads[0], kLimit), Result::kDone);
}

TEST(InflaterTest, StopsOneByteOverTheLimit) {
  Inflater inflater;
  for (const size_t limit : {1U, 255U, 8192U, 65536U}) {
    EXPECT_EQ(inflater.Inflate(RawDeflate(Compressible(limit)), limit), Result::kDone) << limit;
    EXPECT_EQ(inflater.Inflate(RawDeflate(Compressible(limit + 1)), limit), Result::kTooBig)
        << limit;
  }
}

TEST(InflaterTest, ABombIsGivenUpAtTheLimit) {
  Inflater inflater;
  const std::string bomb = RawDeflate(std::string(8 << 20, '\0'));
  ASSERT_LT(bomb.size(), 70000U);
  EXPECT_EQ(inflater.Inflate(bomb, 65536), Result::kTooBig);
  EXPECT_EQ(inflater.output().size(), 65537U);
}

TEST(InflaterTest, WhatIsNotDeflateIsCorrupt) {
  Inflater inflater;
  EXPECT_EQ(inflater.Inflate("\xff\xff\xff\xff", kLimit), Result::kCorrupt);
  EXPECT_EQ(inflater.Inflate("\x06", kLimit), Result::kCorrupt);  // the reserved block type
  EXPECT_EQ(inflater.Inflate(std::string("\x00\x05\x00\x00\x00", 5), kLimit), Result::kCorrupt);
  EXPECT_EQ(inflater.Inflate(RawDeflate("good"), kLimit), Result::kDone);
  EXPECT_EQ(inflater.output(), "good");
}

TEST(InflaterTest, AMessageThatIsCutOffIsCorrupt) {
  Inflater inflater;
  const std::string text = Compressible(3000);
  const std::string whole = RawDeflate(text);
  for (size_t size = 1; size < whole.size(); ++size) {
    const Result result = inflater.Inflate(whole.substr(0, size), kLimit);
    EXPECT_TRUE(result == Result::kCorrupt || inflater.output() == text) << size;
  }
}

TEST(InflaterTest, BlocksMarkedAsFinalEndNothing) {
  // RFC 7692 section 7.2.3.4: "Hello" in a final block, then the rest of an empty one.
  Inflater inflater;
  EXPECT_EQ(inflater.Inflate(std::string("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8), kLimit),
            Result::kDone);
  EXPECT_EQ(inflater.output(), "Hello");
  const std::string text = Compressible(20000);
  const std::string final = RawDeflateAll(text, Z_FINISH);
  EXPECT_EQ(inflater.Inflate(final + final + RawDeflate("end"), kLimit), Result::kDone);
  EXPECT_TRUE(inflater.output() == text + text + "end");
}

TEST(InflaterTest, AFinalBlockWithNothingBehindItIsEnough) {
  Inflater inflater;
  EXPECT_EQ(inflater.Inflate(RawDeflateAll("all", Z_FINISH), kLimit), Result::kDone);
  EXPECT_EQ(inflater.output(), "all");
}

TEST(InflaterTest, TheExamplesOfTheStandardAreRead) {
  // RFC 7692 section 7.2.3.1, .3, .5 and .6.
  Inflater inflater;
  const std::pair<std::string, std::string> examples[] = {
      {std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), "Hello"},
      {std::string("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11), "Hello"},
      {std::string("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13), "Hello"},
      {std::string("\x00", 1), ""},
      {"", ""}};
  for (const auto& [payload, text] : examples) {
    EXPECT_EQ(inflater.Inflate(payload, kLimit), Result::kDone);
    EXPECT_EQ(inflater.output(), text);
  }
}

TEST(InflaterTest, AWholeFlushNeedsNoTail) {
  Inflater inflater;
  EXPECT_EQ(inflater.Inflate(RawDeflateAll("all of it", Z_SYNC_FLUSH), kLimit), Result::kDone);
  EXPECT_EQ(inflater.output(), "all of it");
}

}  // namespace
}  // namespace edge
