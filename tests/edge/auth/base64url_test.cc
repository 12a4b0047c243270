#include "edge/auth/base64url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::Optional;

TEST(Base64UrlTest, EncodesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(Base64UrlEncode(""), "");
  EXPECT_EQ(Base64UrlEncode("f"), "Zg");
  EXPECT_EQ(Base64UrlEncode("fo"), "Zm8");
  EXPECT_EQ(Base64UrlEncode("foo"), "Zm9v");
  EXPECT_EQ(Base64UrlEncode("foob"), "Zm9vYg");
  EXPECT_EQ(Base64UrlEncode("fooba"), "Zm9vYmE");
  EXPECT_EQ(Base64UrlEncode("foobar"), "Zm9vYmFy");
}

TEST(Base64UrlTest, UsesTheTwoCharactersThatAreSafeInUrls) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-");
  EXPECT_THAT(Base64UrlDecode("-__-"), Optional(std::string("\xfb\xff\xfe")));
}

TEST(Base64UrlTest, DecodesWhatItEncodedForEveryByteAndLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    ASSERT_THAT(Base64UrlDecode(Base64UrlEncode(bytes)), Optional(bytes)) << i;
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64UrlTest, RefusesTheAlphabetOfPlainBase64) {
  EXPECT_EQ(Base64UrlDecode("+//+"), std::nullopt);
}

TEST(Base64UrlTest, RefusesPadding) {
  EXPECT_EQ(Base64UrlDecode("Zg=="), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm8="), std::nullopt);
}

TEST(Base64UrlTest, RefusesWhiteSpaceAndControlCharacters) {
  EXPECT_EQ(Base64UrlDecode("Zm9v\n"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode(" Zm9v"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode(std::string_view("Zm\0v", 4)), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm\xc3\xa9"), std::nullopt);
}

TEST(Base64UrlTest, RefusesALengthThatNoBytesHave) {
  EXPECT_EQ(Base64UrlDecode("Z"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm9vY"), std::nullopt);
}

TEST(Base64UrlTest, RefusesBitsLeftOverSoThatNoBytesHaveTwoTexts) {
  EXPECT_THAT(Base64UrlDecode("Zg"), Optional(std::string("f")));
  EXPECT_EQ(Base64UrlDecode("Zh"), std::nullopt);  // 4 bits over, one is set
  EXPECT_EQ(Base64UrlDecode("Zo"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm9"), std::nullopt);  // 2 bits over
  EXPECT_EQ(Base64UrlDecode("Zm-"), std::nullopt);
}

}  // namespace
}  // namespace edge
