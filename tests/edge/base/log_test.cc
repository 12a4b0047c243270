#include "edge/base/log.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>
#include <string>
#include <string_view>

namespace edge {
namespace {

std::string LineOf(std::string_view message, std::initializer_list<LogField> fields) {
  return FormatLogLine(LogLevel::kInfo, message, fields, 0);
}

// The value of a text field after a JSON parser has read the line.
std::string FieldOf(const std::string& line, std::string_view name) {
  simdjson::dom::parser parser;
  std::string_view value;
  if (parser.parse(line)[name].get(value) != simdjson::SUCCESS) return "(no such text)";
  return std::string(value);
}

TEST(FormatLogLineTest, IsOneJsonObjectWithTimeLevelMessageAndFields) {
  EXPECT_EQ(FormatLogLine(LogLevel::kWarn, "ready", {{"shards", 2}, {"dev", true}, {"on", "x"}}, 7),
            R"({"ts":"1970-01-01T00:00:00.007Z","level":"warn","msg":"ready",)"
            R"("shards":2,"dev":true,"on":"x"})");
}

TEST(FormatLogLineTest, WritesNumbersInFull) {
  EXPECT_EQ(LineOf("", {{"min", std::numeric_limits<int64_t>::min()},
                        {"max", std::numeric_limits<uint64_t>::max()},
                        {"half", 0.5}}),
            R"({"ts":"1970-01-01T00:00:00.000Z","level":"info","msg":"",)"
            R"("min":-9223372036854775808,"max":18446744073709551615,"half":0.5})");
}

TEST(FormatLogLineTest, WritesNullForNumbersThatJsonDoesNotHave) {
  const std::string line = LineOf("", {{"a", std::numeric_limits<double>::infinity()},
                                       {"b", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_TRUE(line.ends_with(R"("a":null,"b":null})")) << line;
}

TEST(FormatLogLineTest, KeepsToOneLineWhateverItIsGiven) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  const std::string line = LineOf(all, {{"value", all}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(FieldOf(line, "msg"), all);
  EXPECT_EQ(FieldOf(line, "value"), all);
}

TEST(FormatLogLineTest, ReplacesBytesThatAreNotUtf8) {
  const std::string line =
      LineOf("a\xff", {{"target", "/\xc3\xa9\xc3(\xed\xa0\x80\xf4\x90\x80\x80"}});
  EXPECT_EQ(FieldOf(line, "msg"), "a\uFFFD");
  EXPECT_EQ(FieldOf(line, "target"), "/\u00e9\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST(FormatLogLineTest, ReplacesACharacterThatIsCutOff) {
  EXPECT_EQ(FieldOf(LineOf("x\xe2\x82", {}), "msg"), "x\uFFFD\uFFFD");
  EXPECT_EQ(FieldOf(LineOf("\xe2\x82\xac\xf0\x9f\x98\x80", {}), "msg"), "\u20ac\U0001F600");
}

class SecretField : public ::testing::TestWithParam<const char*> {};
TEST_P(SecretField, IsMasked) {
  const std::string line = LineOf("m", {{GetParam(), "s3cr3t"}});
  EXPECT_EQ(line.find("s3cr3t"), std::string::npos) << line;
  EXPECT_NE(line.find("\"***\""), std::string::npos) << line;
}
INSTANTIATE_TEST_SUITE_P(FormatLogLineTest, SecretField,
                         ::testing::Values("token", "authorization", "Authorization", "cookie",
                                           "Set-Cookie", "secret", "client_secret", "key",
                                           "api_key", "X-Api-Key", "password", "ticket",
                                           "access_token"));

TEST(FormatLogLineTest, MasksSecretNumbersToo) {
  EXPECT_TRUE(LineOf("", {{"key", 12345}}).ends_with(R"("key":"***"})"));
}

TEST(FormatLogLineTest, ShowsFieldsThatOnlySoundLikeSecrets) {
  EXPECT_EQ(FieldOf(LineOf("", {{"monkey", "m"}}), "monkey"), "m");
  EXPECT_EQ(FieldOf(LineOf("", {{"tokens", "t"}}), "tokens"), "t");
}

TEST(FormatLogLineTest, RedactsTargetsInValuesAndInTheMessage) {
  const std::string line = LineOf("GET /ws/a?token=abc", {{"target", "/ws/a?x=1&token=abc&y=2"}});
  EXPECT_EQ(FieldOf(line, "msg"), "GET /ws/a?token=***");
  EXPECT_EQ(FieldOf(line, "target"), "/ws/a?x=1&token=***&y=2");
}

TEST(RedactTargetTest, HidesEverySecretParameter) {
  EXPECT_EQ(RedactTarget("/ws?token=a.b-c_d"), "/ws?token=***");
  EXPECT_EQ(RedactTarget("/ws?access_token=a&room=b"), "/ws?access_token=***&room=b");
  EXPECT_EQ(RedactTarget("/ws?room=b&ticket=a#end"), "/ws?room=b&ticket=***#end");
  EXPECT_EQ(RedactTarget("/ws?token=a&token=b"), "/ws?token=***&token=***");
  EXPECT_EQ(RedactTarget("/ws?token="), "/ws?token=***");
  EXPECT_EQ(RedactTarget("/ws?token=a=b?c"), "/ws?token=***");
}

// Whoever reads the query resolves percent escapes in names before looking for "token".
TEST(RedactTargetTest, HidesParametersWhoseNamesArePercentEncoded) {
  EXPECT_EQ(RedactTarget("/ws?%74oken=abc"), "/ws?%74oken=***");
  EXPECT_EQ(RedactTarget("/ws?a=1&acces%73%5Ftoken=abc"), "/ws?a=1&acces%73%5Ftoken=***");
  EXPECT_EQ(RedactTarget("/ws?%74%6f%6B%65%6e=abc&b=2"), "/ws?%74%6f%6B%65%6e=***&b=2");
}

TEST(RedactTargetTest, HidesTokensWhateverTheyAreGivenAs) {
  EXPECT_EQ(RedactTarget("/ws?Token=eyJh.eyJz.c2ln&a=b"), "/ws?Token=***&a=b");
  EXPECT_EQ(RedactTarget("/ws;token=eyJh.eyJz.c-_n"), "/ws;token=***");
  EXPECT_EQ(RedactTarget("/ws/eyJh.eyJz.c2ln"), "/ws/***");
  EXPECT_EQ(RedactTarget("/ws?room=heyJude.x&eyJ=1"), "/ws?room=heyJude.x&eyJ=1");
}

TEST(RedactTargetTest, KeepsWhatIsNoSecret) {
  for (const char* target : {"", "/", "/ws/token=a", "/ws?mytoken=a", "/ws?tokens=a", "/ws?token",
                             "/ws?room=token", "/ws?%7token=a", "/ws?token%20=a", "/ws?%"}) {
    EXPECT_EQ(RedactTarget(target), target);
  }
}

TEST(AppendJsonEscapedTest, EscapesQuotesBackslashesAndControlCharacters) {
  std::string out;
  AppendJsonEscaped(std::string_view("a\"\\\n\r\t\b\f\0\x1f\x7f/\xc3\xa9", 14), out);
  EXPECT_EQ(out, "a\\\"\\\\\\n\\r\\t\\u0008\\u000c\\u0000\\u001f\x7f/\xc3\xa9");
}

TEST(ParseLogLevelTest, KnowsItsFourNamesAndNoOthers) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("debug", level));
  EXPECT_EQ(level, LogLevel::kDebug);
  EXPECT_TRUE(ParseLogLevel("error", level));
  EXPECT_EQ(level, LogLevel::kError);
  for (const char* text : {"", "ERROR", "warning", "trace"}) {
    EXPECT_FALSE(ParseLogLevel(text, level)) << text;
  }
  EXPECT_EQ(level, LogLevel::kError);
}

TEST(LogTest, WritesOneLineToStandardErrorFromItsLevelOn) {
  ::testing::internal::CaptureStderr();
  SetLogLevel(LogLevel::kWarn);
  LogInfo("not this");
  LogWarn("percent {} %v is no format", {{"n", 1}});
  SetLogLevel(LogLevel::kInfo);
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("not this"), std::string::npos);
  EXPECT_NE(written.find(R"("msg":"percent {} %v is no format","n":1})"
                         "\n"),
            std::string::npos)
      << written;
}

}  // namespace
}  // namespace edge
