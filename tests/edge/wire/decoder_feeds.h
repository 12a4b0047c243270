#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "edge/base/random.h"
#include "edge/wire/ws_frame.h"
#include "tests/support/recording_ws_sink.h"

namespace edge {

// How a stream of bytes is cut into reads. Everything that a decoder finds must be the same.
enum class Feed { kWhole, kByteByByte, kTwoBytes, kRandom };

class DecoderFeeds : public ::testing::TestWithParam<Feed> {
 protected:
  WsDecoded Decode(std::string_view bytes, const WsLimits& limits = {}, RecordingWsSink sink = {},
                   Inflater* inflater = nullptr) {
    FastRandom random(bytes.size() + 1);
    return DecodeInPieces(
        bytes, limits,
        [&]() -> size_t {
          switch (GetParam()) {
            case Feed::kWhole:
              return bytes.size();
            case Feed::kByteByByte:
              return 1;
            case Feed::kTwoBytes:
              return 2;
            case Feed::kRandom:
              return 1 + random.Below(40);
          }
          return 1;
        },
        std::move(sink), inflater);
  }
};

inline std::string FeedName(const ::testing::TestParamInfo<Feed>& info) {
  constexpr const char* kNames[] = {"Whole", "ByteByByte", "TwoBytes", "Random"};
  return kNames[static_cast<int>(info.param)];
}

#define GATEHOUSE_ALL_FEEDS(suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(                                                               \
      Fed, suite,                                                                         \
      ::testing::Values(Feed::kWhole, Feed::kByteByByte, Feed::kTwoBytes, Feed::kRandom), \
      FeedName)

inline constexpr uint32_t kTestMask = 0x9d2c7a51;

inline std::string Masked(Opcode opcode, std::string_view payload, bool fin = true) {
  return MakeMaskedFrame(opcode, payload, kTestMask, fin);
}

// The first frame of a compressed message; `payload` is what zlib made.
inline std::string MaskedCompressed(Opcode opcode, std::string_view payload, bool fin = true) {
  std::string frame = Masked(opcode, payload, fin);
  frame[0] = static_cast<char>(frame[0] | kCompressedBit);
  return frame;
}

// A masked header as it is given, whatever it says: `length` in the bytes that `length_size` names
// (0: in the second byte).
inline std::string RawHeader(uint8_t first, uint8_t second, uint64_t length = 0,
                             int length_size = 0) {
  std::string out = {static_cast<char>(first), static_cast<char>(second)};
  for (int i = length_size - 1; i >= 0; --i) out += static_cast<char>(length >> (8 * i));
  if ((second & 0x80) != 0) out.append(4, '\0');
  return out;
}

}  // namespace edge
