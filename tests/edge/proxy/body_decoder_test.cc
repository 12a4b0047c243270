#include "edge/proxy/body_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

struct Decoded {
  std::string payload;
  std::string rest;
  bool done = false;
  bool failed = false;
  std::string trailers;
};

// Feeds `bytes` in pieces of `size`.
Decoded Decode(BodyDecoder decoder, std::string bytes, size_t size) {
  Decoded decoded;
  std::span<char> left(bytes);
  while (!left.empty() && !decoder.done() && !decoder.failed()) {
    const std::span<char> some = left.first(std::min(size, left.size()));
    const BodyDecoder::Piece piece = decoder.Feed(some);
    decoded.payload.append(piece.payload.data(), piece.payload.size());
    left = left.subspan(piece.consumed);
  }
  decoded.rest.assign(left.data(), left.size());
  decoded.done = decoder.done();
  decoded.failed = decoder.failed();
  decoded.trailers = decoder.trailers();
  return decoded;
}

Decoded Chunks(const std::string& bytes, size_t size = 1 << 20) {
  return Decode(BodyDecoder(BodyKind::kChunked, 0), bytes, size);
}

TEST(BodyDecoderTest, LengthEndsTheBodyAndLeavesWhatFollows) {
  const Decoded decoded = Decode(BodyDecoder(BodyKind::kLength, 5), "helloGET /", 3);
  EXPECT_EQ(decoded.payload, "hello");
  EXPECT_EQ(decoded.rest, "GET /");
  EXPECT_TRUE(decoded.done);
}

TEST(BodyDecoderTest, LengthZeroAndNoBodyAreDoneAtOnce) {
  EXPECT_TRUE(BodyDecoder(BodyKind::kLength, 0).done());
  EXPECT_TRUE(BodyDecoder(BodyKind::kNone, 0).done());
  EXPECT_FALSE(BodyDecoder(BodyKind::kChunked, 0).done());
}

TEST(BodyDecoderTest, ChunksAreTheSameHoweverTheyArrive) {
  const std::string bytes = "5;name=\"v\"\r\nhello\r\n6 \r\n world\r\n0\r\nSum: 1\r\n\r\nGET /";
  for (size_t size = 1; size <= bytes.size(); ++size) {
    const Decoded decoded = Chunks(bytes, size);
    EXPECT_EQ(decoded.payload, "hello world") << size;
    EXPECT_EQ(decoded.rest, "GET /") << size;
    EXPECT_EQ(decoded.trailers, "Sum: 1\r\n\r\n") << size;
    EXPECT_TRUE(decoded.done) << size;
  }
}

TEST(BodyDecoderTest, ChunksWithoutTrailersHaveNone) {
  const Decoded decoded = Chunks("a\r\n0123456789\r\n00\r\n\r\n");
  EXPECT_EQ(decoded.payload, "0123456789");
  EXPECT_EQ(decoded.trailers, "");
  EXPECT_TRUE(decoded.done);
}

TEST(BodyDecoderTest, MalformedChunksFail) {
  for (const char* bytes : {
           "\r\n",
           "g\r\n",
           "-1\r\n",
           "0x5\r\nhello",
           "5\nhello",
           "5\r\nhello\n",
           "5\r\nhelloX\r\n",
           "5\r\r\nhello",
           ";x\r\n",
           " 5\r\nhello",
           "1000000000000000\r\n",
           "5;\x01\r\nhello",
           "+5\r\nhello",
           "5,\r\nhello",
       }) {
    EXPECT_TRUE(Chunks(bytes).failed) << bytes;
    EXPECT_TRUE(Chunks(bytes, 1).failed) << bytes;
  }
}

TEST(BodyDecoderTest, SizeLinesAndTrailersAreBounded) {
  EXPECT_TRUE(Chunks("5;" + std::string(300, 'x') + "\r\nhello").failed);
  EXPECT_TRUE(Chunks("0\r\nA: " + std::string(9000, 'x') + "\r\n\r\n").failed);
}

TEST(BodyDecoderTest, EndOfTheConnectionEndsOnlyWhatEndsWithIt) {
  BodyDecoder until_close(BodyKind::kUntilClose, 0);
  std::string bytes = "all of it";
  EXPECT_EQ(until_close.Feed(bytes).payload.size(), bytes.size());
  EXPECT_FALSE(until_close.done());
  EXPECT_TRUE(until_close.OnEnd());
  EXPECT_FALSE(BodyDecoder(BodyKind::kLength, 5).OnEnd());
  EXPECT_FALSE(BodyDecoder(BodyKind::kChunked, 0).OnEnd());
}

}  // namespace
}  // namespace edge
