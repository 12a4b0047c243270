#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "edge/base/text.h"
#include "edge/protocol/client_protocol.h"

namespace edge {
namespace {

using ::testing::HasSubstr;
using Kind = ClientCommand::Kind;

ClientCommand Decoded(std::string_view message) {
  ClientCommand command;
  const absl::Status status = PlainProtocol().Decode(message, command);
  EXPECT_TRUE(status.ok()) << message << ": " << status;
  return command;
}

std::string RefusalOf(std::string_view message) {
  ClientCommand command;
  const absl::Status status = PlainProtocol().Decode(message, command);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
  return std::string(ToStd(status.message()));
}

TEST(PlainDecodeTest, ACallHasItsMethodAndItsParametersAsTheyCame) {
  const ClientCommand call =
      Decoded(R"({"type":"rpc","id":"a","method":"cart.add","params":{"n": 1.0}})");
  EXPECT_EQ(call.kind, ClientCommand::Kind::kRpc);
  EXPECT_EQ(call.method, "cart.add");
  EXPECT_EQ(call.content, R"({"n": 1.0})");
  EXPECT_EQ(Decoded(R"({"type":"rpc","id":1,"method":"m"})").content, "");
}

TEST(PlainDecodeTest, AMessageWithoutATypeIsAPublish) {
  const ClientCommand command = Decoded(R"({"content":"hi"})");
  EXPECT_EQ(command.kind, Kind::kPublish);
  EXPECT_EQ(command.content, R"("hi")");
  EXPECT_EQ(command.room, "");
  EXPECT_EQ(command.id, "");
}

TEST(PlainDecodeTest, ContentIsKeptByteForByte) {
  for (const char* content :
       {"null", "1.10e0", "\"\\u00e9\\ud800\"", "[ 1 , {\"a\" :2} ]", "false"}) {
    const std::string message = std::string("{ \"content\" : ") + content + " , \"room\":\"r\" }";
    EXPECT_EQ(Decoded(message).content, content);
  }
}

TEST(PlainDecodeTest, ReadsRoomAndIdOfAPublish) {
  const ClientCommand command =
      Decoded(R"({"type":"publish","id":17,"room":"chat:\u0061","content":{}})");
  EXPECT_EQ(command.kind, Kind::kPublish);
  EXPECT_EQ(command.room, "chat:a");
  EXPECT_EQ(command.id, "17");
}

TEST(PlainDecodeTest, AnIdIsAStringOrANumberAsItStands) {
  EXPECT_EQ(Decoded(R"({"type":"ping","id":"a\n"})").id, R"("a\n")");
  EXPECT_EQ(Decoded(R"({"type":"ping","id":-1.5e3})").id, "-1.5e3");
  for (const char* id : {"null", "true", "[]", "{}"}) {
    EXPECT_THAT(RefusalOf(std::string(R"({"type":"ping","id":)") + id + "}"), HasSubstr("\"id\""));
  }
}

TEST(PlainDecodeTest, AnIdHasAtMost255Bytes) {
  const auto ping = [](size_t digits) {
    return "{\"type\":\"ping\",\"id\":" + std::string(digits, '1') + "}";
  };
  EXPECT_EQ(Decoded(ping(255)).id.size(), 255U);
  EXPECT_EQ(RefusalOf(ping(256)), "\"id\" is 256 bytes, limit 255");
}

TEST(PlainDecodeTest, KnowsEveryType) {
  const std::pair<const char*, Kind> types[] = {
      {R"({"type":"presence","room":"r","after":"u\u0031"})", Kind::kPresence},
      {R"({"type":"join","room":"r"})", Kind::kJoin},
      {R"({"type":"leave","room":"r"})", Kind::kLeave},
      {R"({"type":"ping"})", Kind::kPing},
      {R"({"type":"refresh","token":"t.\u0074"})", Kind::kRefresh}};
  for (const auto& [message, kind] : types) EXPECT_EQ(Decoded(message).kind, kind) << message;
  EXPECT_EQ(Decoded(types[0].first).after, "u1");
  EXPECT_EQ(Decoded(types[4].first).token, "t.t");
}

TEST(PlainDecodeTest, IgnoresMembersItDoesNotKnow) {
  EXPECT_EQ(Decoded(R"({"x":[{"content":1}],"content":2,"Content":3,"y":null})").content, "2");
}

class BadMessage : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(BadMessage, IsRefusedWithItsReason) {
  EXPECT_THAT(RefusalOf(GetParam().first), HasSubstr(GetParam().second));
}
INSTANTIATE_TEST_SUITE_P(
    PlainDecodeTest, BadMessage,
    ::testing::Values(std::pair{"", "not a JSON object"}, std::pair{"hello", "not a JSON object"},
                      std::pair{"[]", "not a JSON object"},
                      std::pair{"{}", "\"content\" is missing"},
                      std::pair{R"({"type":"publish"})", "\"content\" is missing"},
                      std::pair{R"({"type":"rpc","method":"m"})", "\"id\" is missing"},
                      std::pair{R"({"type":"rpc","id":1})", "\"method\" is missing"},
                      std::pair{R"({"type":"rpc","id":1,"method":7})",
                                "\"method\" is not a string"},
                      std::pair{R"({"type":"join"})", "\"room\" is missing"},
                      std::pair{R"({"type":"leave","room":""})", "\"room\" is missing"},
                      std::pair{R"({"type":"shout","content":1})", "unknown \"type\""},
                      std::pair{R"({"type":null,"content":1})", "unknown \"type\""},
                      std::pair{R"({"room":7,"content":1})", "\"room\" is not a string"},
                      std::pair{R"({"room":null,"content":1})", "\"room\" is not a string"},
                      std::pair{R"({"room":"\ud800","content":1})", "\"room\" is not a string"},
                      std::pair{R"({"type":"refresh","token":{}})", "\"token\" is not a string"},
                      std::pair{R"({"type":"presence","after":1})", "\"after\" is not a string"},
                      std::pair{R"({"content":1,"content":1})", "\"content\" is given twice"},
                      std::pair{R"({"id":1,"content":1,"id":2})", "\"id\" is given twice"},
                      std::pair{R"({"content":01})", "expected ',' or '}'"},
                      std::pair{R"({"content":1} x)", "text after the JSON object"}));

TEST(PlainDecodeTest, SetsTheIdOfARefusedCommandSoThatTheErrorCanNameIt) {
  for (const char* message : {R"({"id":5,"type":"shout"})", R"({"id":5})", R"({"id":5,"room":1})",
                              R"({"id":5,"content":1,"content":2})"}) {
    ClientCommand command;
    EXPECT_FALSE(PlainProtocol().Decode(message, command).ok());
    EXPECT_EQ(command.id, "5") << message;
  }
}

TEST(PlainDecodeTest, DoesNotSetAnIdThatIsRefused) {
  ClientCommand command;
  EXPECT_FALSE(PlainProtocol().Decode(R"({"id":[1],"content":1})", command).ok());
  EXPECT_EQ(command.id, "");
}

TEST(PlainDecodeTest, NeverNamesWhatAClientSentInItsRefusals) {
  EXPECT_THAT(RefusalOf(R"({"type":"s3cr3t","content":1})"), ::testing::Not(HasSubstr("s3cr3t")));
}

}  // namespace
}  // namespace edge
