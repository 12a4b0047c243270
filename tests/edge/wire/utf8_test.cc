#include "edge/wire/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace edge {
namespace {

// RFC 3629 by the definition: a code point from the bytes, and its one allowed form.
bool ByDefinition(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at]);
    const size_t size = lead < 0x80           ? 1
                        : (lead >> 5) == 0x6  ? 2
                        : (lead >> 4) == 0xe  ? 3
                        : (lead >> 3) == 0x1e ? 4
                                              : 0;
    if (size == 0 || at + size > text.size()) return false;
    uint32_t code = size == 1 ? lead : lead & (0x7f >> size);
    for (size_t i = 1; i < size; ++i) {
      const auto byte = static_cast<uint8_t>(text[at + i]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3f);
    }
    constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return false;
    at += size;
  }
  return true;
}

bool Whole(std::string_view text) {
  Utf8Checker checker;
  return checker.Feed(text) && checker.complete();
}

bool ByteByByte(std::string_view text) {
  Utf8Checker checker;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!checker.Feed(text.substr(i, 1))) return false;
  }
  return checker.complete();
}

void ExpectAgreement(const std::string& text) {
  const bool expected = ByDefinition(text);
  std::string with_slack = text + std::string(64, '\xff');
  ASSERT_EQ(IsUtf8(std::string_view(with_slack).substr(0, text.size())), expected);
  ASSERT_EQ(Whole(text), expected);
  ASSERT_EQ(ByteByByte(text), expected);
}

TEST(Utf8Test, EverySequenceOfTwoBytesIsJudgedByTheDefinition) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      ExpectAgreement({static_cast<char>(first), static_cast<char>(second)});
    }
  }
}

TEST(Utf8Test, SequencesOfThreeAndFourBytesAreJudgedByTheDefinition) {
  const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
  for (int lead = 0xdf; lead < 256; ++lead) {
    for (int second = 0x70; second < 0xd0; ++second) {
      for (const uint8_t third : edges) {
        ExpectAgreement(
            {static_cast<char>(lead), static_cast<char>(second), static_cast<char>(third)});
        for (const uint8_t fourth : edges) {
          ExpectAgreement({static_cast<char>(lead), static_cast<char>(second),
                           static_cast<char>(third), static_cast<char>(fourth)});
        }
      }
    }
  }
}

TEST(Utf8Test, ABadByteIsSeenAtEveryPlaceOfALongText) {
  const std::string text =
      "plain ascii, then \u00e9\u20ac\U0001F600 and more of plain ascii text here";
  ExpectAgreement(text);
  for (size_t at = 0; at < text.size(); ++at) {
    std::string bad = text;
    bad[at] = '\xff';
    ExpectAgreement(bad);
  }
}

TEST(Utf8CheckerTest, GivesTheSameForEverySplitIntoTwo) {
  const std::string text = "abcdefgh\u00e9\u20ac12345678\U0001F600\U0010FFFF";
  for (size_t at = 0; at <= text.size(); ++at) {
    Utf8Checker checker;
    EXPECT_TRUE(checker.Feed(std::string_view(text).substr(0, at))) << at;
    EXPECT_TRUE(checker.Feed(std::string_view(text).substr(at))) << at;
    EXPECT_TRUE(checker.complete()) << at;
  }
}

TEST(Utf8CheckerTest, SaysAtOnceThatAByteCannotBeRight) {
  Utf8Checker surrogate;
  EXPECT_TRUE(surrogate.Feed("\xed"));
  EXPECT_FALSE(surrogate.Feed("\xa0"));
  Utf8Checker overlong;
  EXPECT_TRUE(overlong.Feed("\xf0"));
  EXPECT_FALSE(overlong.Feed("\x8f"));
  Utf8Checker too_high;
  EXPECT_TRUE(too_high.Feed("\xf4"));
  EXPECT_FALSE(too_high.Feed("\x90"));
}

TEST(Utf8CheckerTest, IsNotCompleteInsideACharacter) {
  Utf8Checker checker;
  EXPECT_TRUE(checker.complete());
  EXPECT_TRUE(checker.Feed("a\xe2"));
  EXPECT_FALSE(checker.complete());
  EXPECT_TRUE(checker.Feed("\x82"));
  EXPECT_FALSE(checker.complete());
  EXPECT_TRUE(checker.Feed(""));
  EXPECT_TRUE(checker.Feed("\xac"));
  EXPECT_TRUE(checker.complete());
}

}  // namespace
}  // namespace edge
