#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/base/json_scanner.h"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Members = std::vector<std::pair<std::string, std::string>>;

Members ReadAll(JsonObjectReader& reader) {
  Members members;
  while (reader.Next()) members.emplace_back(reader.key(), reader.value());
  return members;
}

TEST(JsonObjectReaderTest, HandsOutMembersInOrderAsTheyStand) {
  JsonObjectReader reader(R"( { "a" : 1.0e2 , "b":"x\u0041", "a":[ 1 , 2 ] } )");
  EXPECT_THAT(ReadAll(reader),
              ElementsAre(Pair("a", "1.0e2"), Pair("b", R"("x\u0041")"), Pair("a", "[ 1 , 2 ]")));
  EXPECT_TRUE(reader.ok());
}

TEST(JsonObjectReaderTest, LeavesEscapesInKeys) {
  JsonObjectReader reader(R"({"\u0061\"":{}})");
  EXPECT_THAT(ReadAll(reader), ElementsAre(Pair(R"(\u0061\")", "{}")));
}

TEST(JsonObjectReaderTest, ReadsAnEmptyObject) {
  JsonObjectReader reader(" {\n} ");
  EXPECT_THAT(ReadAll(reader), IsEmpty());
  EXPECT_TRUE(reader.ok());
}

TEST(JsonObjectReaderTest, ValuesPointIntoTheText) {
  const std::string text = R"({"a":"b"})";
  JsonObjectReader reader(text);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.value().data(), text.data() + 5);
}

TEST(JsonObjectReaderTest, StaysAtTheEndOnceItIsThere) {
  JsonObjectReader reader("{}");
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
}

TEST(JsonObjectReaderTest, StaysFailedOnceItHasFailed) {
  JsonObjectReader reader(R"({"a":x,"b":1})");
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_FALSE(reader.ok());
}

class NoObject : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(NoObject, IsRefusedWithItsReason) {
  JsonObjectReader reader(GetParam().first);
  ReadAll(reader);
  ASSERT_FALSE(reader.ok());
  EXPECT_STREQ(reader.error(), GetParam().second);
}
INSTANTIATE_TEST_SUITE_P(
    JsonObjectReaderTest, NoObject,
    ::testing::Values(
        std::pair{"", "not a JSON object"}, std::pair{"[]", "not a JSON object"},
        std::pair{"1", "not a JSON object"}, std::pair{"{", "expected a quoted key"},
        std::pair{"{a:1}", "expected a quoted key"},
        std::pair{R"({,"a":1})", "expected a quoted key"},
        std::pair{R"({"a":1,})", "expected a quoted key"},
        std::pair{R"({"a":1,,"b":1})", "expected a quoted key"}, std::pair{R"({"a)", "bad string"},
        std::pair{"{\"a\n\":1}", "bad string"}, std::pair{R"({"a"})", "expected ':' after a key"},
        std::pair{R"({"a" 1})", "expected ':' after a key"},
        std::pair{R"({"a":})", "bad JSON value"}, std::pair{R"({"a":01})", "expected ',' or '}'"},
        std::pair{R"({"a":[})", "bad JSON value"}, std::pair{R"({"a":1)", "expected ',' or '}'"},
        std::pair{R"({"a":1 "b":2})", "expected ',' or '}'"},
        std::pair{R"({"a":1]})", "expected ',' or '}'"},
        std::pair{"{} {}", "text after the JSON object"},
        std::pair{R"({"a":1}x)", "text after the JSON object"}));

TEST(JsonObjectReaderTest, CountsItsOwnBracesAsOneLevelOfNesting) {
  const auto with_depth = [](int depth) {
    const auto inner = static_cast<size_t>(depth) - 1;
    return "{\"a\":" + std::string(inner, '[') + std::string(inner, ']') + "}";
  };
  const std::string deepest = with_depth(kMaxJsonDepth);
  JsonObjectReader accepted(deepest);
  EXPECT_TRUE(accepted.Next());
  const std::string too_deep = with_depth(kMaxJsonDepth + 1);
  JsonObjectReader refused(too_deep);
  EXPECT_FALSE(refused.Next());
  EXPECT_FALSE(refused.ok());
}

}  // namespace
}  // namespace edge
