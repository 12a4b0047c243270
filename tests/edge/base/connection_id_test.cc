#include "edge/base/connection_id.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

constexpr ConnectionId kSome{0x01234567, 0x89abcdef, 0x0a, 0xbcdef0, 0xfedcba98};

TEST(ConnectionIdTest, PrintsThirtyTwoLowerCaseHexDigits) {
  EXPECT_EQ(kSome.ToString(), "0123456789abcdef0abcdef0fedcba98");
  EXPECT_EQ(ConnectionId{}.ToString(), std::string(32, '0'));
}

TEST(ConnectionIdTest, ParsesWhatItPrints) {
  EXPECT_EQ(ConnectionId::Parse(kSome.ToString()), kSome);
}

TEST(ConnectionIdTest, KeepsEveryBitOfItsParts) {
  const ConnectionId most{0xffffffff, 0xffffffff, 0xff, 0xffffff, 0xffffffff};
  EXPECT_EQ(most.ToString(), std::string(32, 'f'));
  EXPECT_EQ(ConnectionId::Parse(std::string(32, 'f')), most);
}

TEST(ConnectionIdTest, GivesBackTheHandleItWasMadeOf) {
  const SessionHandle handle{.shard = 254, .slot = 0x123456, .generation = 77};
  EXPECT_EQ(ConnectionId::Of(1, 2, handle).handle(), handle);
}

TEST(ConnectionIdTest, RefusesTextOfAnotherLength) {
  EXPECT_EQ(ConnectionId::Parse(""), std::nullopt);
  EXPECT_EQ(ConnectionId::Parse(std::string(31, '0')), std::nullopt);
  EXPECT_EQ(ConnectionId::Parse(std::string(33, '0')), std::nullopt);
}

TEST(ConnectionIdTest, RefusesUpperCaseSignsAndSpacesInEveryPart) {
  for (size_t at = 0; at < 32; ++at) {
    for (const char bad : {'A', 'F', 'g', '+', '-', ' ', 'x', '/', ':', '`', '\0', '\x80'}) {
      std::string text(32, '0');
      text[at] = bad;
      EXPECT_EQ(ConnectionId::Parse(text), std::nullopt) << at << " " << static_cast<int>(bad);
    }
  }
}

}  // namespace
}  // namespace edge
