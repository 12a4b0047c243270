#include "edge/hooks/hook_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using gatehouse::v1::OnConnectRequest;
using gatehouse::v1::OnConnectResponse;
using gatehouse::v1::OnMessageResponse;
using testing::HasSubstr;

absl::Status ReadAndCheck(HookMethod method, const std::string& json) {
  const absl::StatusOr<HookResponse> response = ReadHookAnswer(method, json);
  if (!response.ok()) return response.status();
  return CheckHookAnswer(*response, {.max_message = 100, .max_info = 20});
}

std::string Problem(HookMethod method, const std::string& json) {
  return std::string(ReadAndCheck(method, json).message());
}

TEST(HookAnswerTest, ReadsBothSpellingsOfAName) {
  for (const char* const json :
       {R"({"allow":{"expires_unix_millis":"7"}})", R"({"allow":{"expiresUnixMillis":7}})"}) {
    const absl::StatusOr<HookResponse> response = ReadHookAnswer(HookMethod::kConnect, json);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(std::get<OnConnectResponse>(*response).allow().expires_unix_millis(), 7);
  }
}

TEST(HookAnswerTest, IgnoresWhatItDoesNotKnow) {
  EXPECT_TRUE(ReadAndCheck(HookMethod::kJoin, R"({"allow":{},"later":[1,{"a":2}]})").ok());
}

TEST(HookAnswerTest, NonsenseIsNoAnswer) {
  for (const char* const json : {"", "x", "[]", "null", "7", "{", R"({"allow":7})",
                                 "{\"a\":\"\xff\"}", R"({"allow":{}} {})"}) {
    EXPECT_EQ(ReadAndCheck(HookMethod::kConnect, json).code(), absl::StatusCode::kInternal) << json;
  }
}

TEST(HookAnswerTest, AnEmptyObjectAllowsNothing) {
  EXPECT_THAT(Problem(HookMethod::kConnect, "{}"), HasSubstr("allow, refuse"));
  EXPECT_THAT(Problem(HookMethod::kRefresh, "{}"), HasSubstr("renew, refuse"));
  EXPECT_THAT(Problem(HookMethod::kJoin, "{}"), HasSubstr("allow, refuse"));
  EXPECT_THAT(Problem(HookMethod::kMessage, "{}"), HasSubstr("accept"));
  EXPECT_THAT(Problem(HookMethod::kRpc, "{}"), HasSubstr("json, refuse"));
  EXPECT_TRUE(ReadAndCheck(HookMethod::kEvents, "{}").ok());
}

TEST(HookAnswerTest, TwoResultsAreNone) {
  EXPECT_FALSE(ReadAndCheck(HookMethod::kJoin, R"({"allow":{},"refuse":{}})").ok());
}

TEST(HookAnswerTest, NamesTheFieldThatBreaksARule) {
  const auto connect = [](const std::string& allow) {
    return Problem(HookMethod::kConnect, "{\"allow\":{" + allow + "}}");
  };
  EXPECT_THAT(connect(R"("user":"a\nb")"), HasSubstr("allow.user"));
  EXPECT_THAT(connect(R"("user":[])"), HasSubstr("fields are not"));
  EXPECT_THAT(connect(R"("info":"{")"), HasSubstr("allow.info"));
  EXPECT_THAT(connect("\"info\":\"" + std::string(21, '1') + "\""), HasSubstr("limit 20"));
  EXPECT_THAT(connect(R"("rooms":["no spaces"])"), HasSubstr("allow.rooms"));
  EXPECT_THAT(connect(R"("grants":{"join":[""]})"), HasSubstr("grants.join"));
  EXPECT_THAT(connect(R"("grants":{"publish":["a b"]})"), HasSubstr("grants.publish"));
  EXPECT_THAT(connect("\"state\":\"" + std::string(4097, 's') + "\""), HasSubstr("limit 4096"));
  EXPECT_EQ(connect("\"state\":\"" + std::string(4096, 's') + "\""), "");
}

TEST(HookAnswerTest, InfoIsBoundedWithoutItsWhiteSpaceAndInDepth) {
  const auto problem = [](const std::string& info) {
    OnConnectResponse answer;
    answer.mutable_allow()->set_info(info);
    return std::string(CheckHookAnswer(HookResponse(answer), {.max_info = 70}).message());
  };
  EXPECT_EQ(problem("[" + std::string(100, ' ') + "1]"), "");
  EXPECT_THAT(problem("\"" + std::string(69, 'x') + "\""), HasSubstr("71 bytes, limit 70"));
  EXPECT_EQ(problem(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_THAT(problem(std::string(33, '[') + std::string(33, ']')), HasSubstr("33 deep, limit 32"));
}

TEST(HookAnswerTest, BoundsWhatARefusalSays) {
  EXPECT_THAT(Problem(HookMethod::kJoin, R"({"refuse":{"code":"Not This"}})"),
              HasSubstr("refuse.code"));
  EXPECT_THAT(
      Problem(HookMethod::kJoin, "{\"refuse\":{\"reason\":\"" + std::string(121, 'r') + "\"}}"),
      HasSubstr("limit 120"));
  EXPECT_TRUE(ReadAndCheck(HookMethod::kJoin, R"({"refuse":{}})").ok());
}

TEST(HookAnswerTest, ChecksEveryPayload) {
  const auto message = [](const std::string& json) { return Problem(HookMethod::kMessage, json); };
  EXPECT_THAT(message(R"({"replace":{}})"), HasSubstr("json, text and binary"));
  EXPECT_THAT(message(R"({"replace":{"json":"{"}})"), HasSubstr("not JSON"));
  EXPECT_THAT(message("{\"replace\":{\"text\":\"" + std::string(101, 't') + "\"}}"),
              HasSubstr("limit 100"));
  EXPECT_THAT(message(R"({"accept":{},"answers":[{}]})"), HasSubstr("answers"));
  EXPECT_THAT(message(R"({"accept":{},"publish":[{"room":"r"}]})"), HasSubstr("publish.payload"));
  EXPECT_THAT(message(R"({"accept":{},"publish":[{"payload":{"json":"1"}}]})"),
              HasSubstr("publish.room"));
  std::string many = R"({"accept":{},"answers":[{"json":"1"})";
  for (int i = 0; i < 16; ++i) many += R"(,{"json":"1"})";
  EXPECT_THAT(message(many + "]}"), HasSubstr("limit 16"));
}

TEST(HookAnswerTest, AQuestionHasTheNamesOfTheContract) {
  OnConnectRequest request;
  request.mutable_claims()->set_expires_unix_millis(5);
  EXPECT_EQ(WriteHookQuestion(request), R"({"claims":{"expires_unix_millis":"5"}})");
}

TEST(HookAnswerTest, DeepNestingIsRefusedBeforeItIsParsed) {
  const std::string deep = "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_FALSE(ReadHookAnswer(HookMethod::kMessage, deep).ok());
}

}  // namespace
}  // namespace edge
