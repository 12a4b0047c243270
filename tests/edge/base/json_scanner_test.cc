#include "edge/base/json_scanner.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "edge/base/random.h"

namespace edge {
namespace {

std::string Nested(int depth) {
  const auto count = static_cast<size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

class ValidJson : public ::testing::TestWithParam<std::string_view> {};
TEST_P(ValidJson, IsAccepted) {
  EXPECT_TRUE(IsValidJson(GetParam())) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(IsValidJsonTest, ValidJson,
                         ::testing::Values("0", "-0", "12", "1.5", "-0.0", "1e5", "1E+5", "1e-05",
                                           "0e0", "0.1e2", "true", "false", "null", "\"\"", "[]",
                                           "{}", " \t\r\n 1 \n", "[1,2 , 3]", "[[],{}]",
                                           R"({"a":1})",
                                           R"({ "a" : [ { "b" : null } ] , "a" : 2 })", R"({"":0})",
                                           R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00")", R"("\ud800")",
                                           "\"\x7f\"", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
                                           "123456789012345678901234567890.5e400"));

class InvalidJson : public ::testing::TestWithParam<std::string_view> {};
TEST_P(InvalidJson, IsRefused) {
  EXPECT_FALSE(IsValidJson(GetParam())) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(
    IsValidJsonTest, InvalidJson,
    ::testing::Values("", " ", "01", "-01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10",
                      "1_0", "NaN", "-Infinity", "True", "tru", "truex", "nul", "nulll", "1 2",
                      "[1,]", "[,1]", "[1 2]", "[1", "[", "]", "[1}", "{1}", "{a:1}", "{'a':1}",
                      R"({"a"})", R"({"a":})", R"({"a":1,})", R"({,"a":1})", R"({"a":1 "b":2})",
                      R"({"a":1)", R"({"a")", "{", "}", R"({"a":1}})", "\"", "\"a", "\"\\",
                      "\"\\\"", R"("\x41")", R"("\u12")", R"("\u12g4")", R"("\u")", "'a'",
                      "\"a\nb\"", "\"a\tb\"", std::string_view("\"\0\"", 3),
                      std::string_view("1\0", 2), "\xef\xbb\xbf{}", "\v1", "\f1", "\xa0", "//x\n1",
                      "1//x", "/**/1", "undefined"));

TEST(IsValidJsonTest, AcceptsNestingUpToTheLimitAndNoFurther) {
  EXPECT_TRUE(IsValidJson(Nested(kMaxJsonDepth)));
  EXPECT_FALSE(IsValidJson(Nested(kMaxJsonDepth + 1)));
}

TEST(IsValidJsonTest, RefusesAMegabyteOfOpenBracketsWithoutFollowingThem) {
  EXPECT_FALSE(IsValidJson(std::string(1 << 20, '[')));
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(IsValidJson(objects));
}

TEST(IsValidJsonTest, RefusesEveryPrefixOfADocument) {
  const std::string_view text = R"({"a":[true,false,null,-1.5e+3,"x\u00e9\n"],"b":{"c":""}})";
  ASSERT_TRUE(IsValidJson(text));
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(IsValidJson(text.substr(0, size))) << text.substr(0, size);
  }
}

// simdjson's DOM parser is strict too. It refuses a few things that the grammar allows (a lone
// surrogate's escape, numbers that no double holds, as whole documents bare scalars are fine), so
// the documents here are mutated without them.
TEST(IsValidJsonTest, AgreesWithSimdjsonOnMutatedDocuments) {
  const std::string_view alphabet = "{}[]:,\"\\ \ntruefalsn01-.eE+ab/";
  const std::string seed = R"({"a":[true,false,null,-1.5e+3,"x\n\/"],"b":{"c":"","d":0}})";
  FastRandom random(20260101);
  simdjson::dom::parser parser;
  int valid = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = seed;
    for (uint64_t edits = random.Below(3) + 1; edits > 0; --edits) {
      const size_t at = random.Below(text.size());
      const char c = alphabet[random.Below(alphabet.size())];
      switch (random.Below(3)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
      }
    }
    simdjson::dom::element element;
    const bool expected = parser.parse(text).get(element) == simdjson::SUCCESS;
    valid += expected ? 1 : 0;
    ASSERT_EQ(IsValidJson(text), expected) << text;
  }
  EXPECT_GT(valid, 1000);
}

TEST(JsonStringValueTest, ResolvesEveryEscape) {
  EXPECT_EQ(JsonStringValue(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(JsonStringValue(R"("\u0041\u00e9\u20AC\uD83D\ude00")"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(JsonStringValue("\"plain \xc3\xa9\""), "plain \xc3\xa9");
  EXPECT_EQ(JsonStringValue("\"\""), "");
}

TEST(JsonStringValueTest, ResolvesTheEscapeOfNulToOneByte) {
  EXPECT_EQ(JsonStringValue(R"("a\u0000b")"), std::string("a\0b", 3));
}

TEST(JsonStringValueTest, ResolvesTheFirstAndLastSurrogatePair) {
  EXPECT_EQ(JsonStringValue(R"("\ud800\udc00\udbff\udfff")"), "\U00010000\U0010FFFF");
}

TEST(JsonStringValueTest, RefusesLoneSurrogates) {
  for (const char* raw : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")",
                          R"("\ud800\u0041")", R"("\ud800\ud800")", R"("\udfff\ud800")"}) {
    EXPECT_EQ(JsonStringValue(raw), std::nullopt) << raw;
  }
}

TEST(JsonStringValueTest, RefusesValuesThatAreNoStrings) {
  for (const char* raw : {"1", "null", "[]", "{}", "", "\""}) {
    EXPECT_EQ(JsonStringValue(raw), std::nullopt) << raw;
  }
}

}  // namespace
}  // namespace edge
