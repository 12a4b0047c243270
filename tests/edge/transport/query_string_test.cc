#include "edge/transport/query_string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

TEST(PercentDecodeTest, DecodesEveryByteInEitherCase) {
  EXPECT_THAT(PercentDecode("a%2fB%2F%00%fF", false), Optional(Eq(std::string("a/B/\0\xff", 6))));
}

TEST(PercentDecodeTest, PlusIsASpaceInQueriesOnly) {
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
  EXPECT_EQ(PercentDecode("a+b", false), "a+b");
  EXPECT_EQ(PercentDecode("a%2Bb", true), "a+b");
}

TEST(PercentDecodeTest, RefusesEscapesThatAreNone) {
  for (const char* bad : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%%41", "%-1", "% 1"}) {
    EXPECT_EQ(PercentDecode(bad, true), std::nullopt) << bad;
  }
}

TEST(ParseQueryTest, KeepsOrderAndRepeatedNames) {
  EXPECT_THAT(ParseQuery("room=a&x=1&room=b"),
              Optional(ElementsAre(Pair("room", "a"), Pair("x", "1"), Pair("room", "b"))));
}

TEST(ParseQueryTest, TakesMissingAndEmptyValues) {
  EXPECT_THAT(ParseQuery("a&b=&=c&&d=e=f"),
              Optional(ElementsAre(Pair("a", ""), Pair("b", ""), Pair("", "c"), Pair("d", "e=f"))));
  EXPECT_THAT(ParseQuery(""), Optional(IsEmpty()));
  EXPECT_THAT(ParseQuery("&"), Optional(IsEmpty()));
}

TEST(ParseQueryTest, DecodesNamesAndValuesAfterSplitting) {
  EXPECT_THAT(ParseQuery("r%6fom=a%26b%3Dc"), Optional(ElementsAre(Pair("room", "a&b=c"))));
}

TEST(ParseQueryTest, RefusesABrokenEscapeInANameOrAValue) {
  EXPECT_EQ(ParseQuery("a=%4"), std::nullopt);
  EXPECT_EQ(ParseQuery("%=1"), std::nullopt);
}

}  // namespace
}  // namespace edge
