// Every bad request is INVALID_ARGUMENT, names its fields, and reaches no node.
#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

struct BadCase {
  const char* name;
  const char* method;
  std::string json;
  std::vector<std::string> fields;
};

std::string Repeat(int count, const std::string& pattern) {
  std::string list;
  for (int i = 0; i < count; ++i) {
    list += (i == 0 ? "" : ",") + fmt::format(fmt::runtime(pattern), i);
  }
  return list;
}

const std::string kLong = std::string(256, 'x');
const std::string kId = "00112233445566778899aabbccddeeff";

std::string Json(const std::string& pattern, const std::string& value) {
  std::string text = pattern;
  return text.replace(text.find('$'), 1, value);
}

std::vector<BadCase> PublishCases() {
  const std::string ok = R"("rooms":["a"],"json":"1")";
  return {
      {"NoRooms", "Broadcast", R"({"json":"1"})", {"rooms"}},
      {"TooManyRooms",
       "Broadcast",
       Json(R"({"json":"1","rooms":[$]})", Repeat(1001, "\"r{}\"")),
       {"rooms"}},
      {"EmptyRoom", "Broadcast", R"({"rooms":["a",""],"json":"1"})", {"rooms[1]"}},
      {"LongRoom", "Broadcast", Json(R"({"rooms":["$"],"json":"1"})", kLong), {"rooms[0]"}},
      {"RoomWithSpace", "Broadcast", R"({"rooms":["a b"],"json":"1"})", {"rooms[0]"}},
      {"RoomOfOtherLetters", "Broadcast", R"({"rooms":["é"],"json":"1"})", {"rooms[0]"}},
      {"RoomTwice", "Broadcast", R"({"rooms":["a","b","a"],"json":"1"})", {"rooms[2]"}},
      {"NoPayload", "Broadcast", R"({"rooms":["a"]})", {"payload"}},
      {"EmptyJson", "Broadcast", R"({"rooms":["a"],"json":""})", {"json"}},
      {"BrokenJson", "Broadcast", R"({"rooms":["a"],"json":"{\"a\":}"})", {"json"}},
      {"TwoJsonValues", "Broadcast", R"({"rooms":["a"],"json":"1 2"})", {"json"}},
      {"LargeText",
       "Broadcast",
       Json(R"({"rooms":["a"],"text":"$"})", std::string(65537, 'x')),
       {"text"}},
      {"LargeJson",
       "Broadcast",
       Json(R"({"rooms":["a"],"json":"$"})", std::string(65537, '1')),
       {"json"}},
      {"LargeBinary",
       "Broadcast",
       Json(R"({"rooms":["a"],"binary":"$"})", std::string(87384, 'A')),
       {"binary"}},
      {"LongUser", "Broadcast", Json("{" + ok + R"(,"user":"$"})", kLong), {"user"}},
      {"ControlCharacterInUser", "Broadcast", "{" + ok + R"(,"user":"a\nb"})", {"user"}},
      {"EmptyExcludedUser",
       "Broadcast",
       "{" + ok + R"(,"excludeUsers":[""]})",
       {"exclude_users[0]"}},
      {"TooManyExcludedUsers",
       "Broadcast",
       Json("{" + ok + R"(,"excludeUsers":[$]})", Repeat(1001, "\"u{}\"")),
       {"exclude_users"}},
      {"ExcludedConnectionIsNone",
       "Broadcast",
       "{" + ok + R"(,"excludeConnections":["xyz"]})",
       {"exclude_connections[0]"}},
      {"TooManyTags",
       "Broadcast",
       Json("{" + ok + R"(,"tags":{$}})", Repeat(17, "\"t{}\":\"\"")),
       {"tags"}},
      {"LongTagKey", "Broadcast", Json("{" + ok + R"(,"tags":{"$":""}})", kLong), {"tags"}},
      {"LongTagValue", "Broadcast", Json("{" + ok + R"(,"tags":{"k":"$"}})", kLong), {"tags"}},
      {"TwoFields", "Broadcast", R"({"rooms":[""],"json":"{"})", {"rooms[0]", "json"}},
  };
}

std::vector<BadCase> HistoryCases() {
  const std::string ok = R"("rooms":["a"],"json":"1")";
  return {
      {"LongIdempotencyKey",
       "Broadcast",
       Json("{" + ok + R"(,"idempotencyKey":"$"})", kLong),
       {"idempotency_key"}},
      {"LongVersionEpoch",
       "Broadcast",
       Json("{" + ok + R"(,"version":1,"versionEpoch":"$"})", kLong),
       {"version_epoch"}},
      {"VersionEpochWithoutVersion",
       "Broadcast",
       "{" + ok + R"(,"versionEpoch":"e"})",
       {"version_epoch"}},
      {"KeepForNoTime", "Broadcast", "{" + ok + R"(,"keepFor":"0s"})", {"keep_for"}},
      {"NegativeKeepFor", "Broadcast", "{" + ok + R"(,"keepFor":"-1s"})", {"keep_for"}},
      {"HistoryOfNoRoom", "GetHistory", "{}", {"room"}},
      {"HistoryPageTooLarge", "GetHistory", R"({"room":"a","pageSize":1001})", {"page_size"}},
      {"RemoveHistoryOfNoRoom", "RemoveHistory", "{}", {"room"}},
  };
}

std::vector<BadCase> SendCases() {
  return {
      {"NoUsers", "SendToUsers", R"({"payload":{"text":"x"}})", {"users"}},
      {"TooManyUsers",
       "SendToUsers",
       Json(R"({"payload":{"text":"x"},"users":[$]})", Repeat(1001, "\"u{}\"")),
       {"users"}},
      {"EmptyUser", "SendToUsers", R"({"payload":{"text":"x"},"users":[""]})", {"users[0]"}},
      {"UserTwice", "SendToUsers", R"({"payload":{"text":"x"},"users":["a","a"]})", {"users[1]"}},
      {"NoPayloadToUsers", "SendToUsers", R"({"users":["a"]})", {"payload"}},
      {"BrokenJsonToUsers",
       "SendToUsers",
       R"({"users":["a"],"payload":{"json":"{"}})",
       {"payload.json"}},
      {"NoConnections", "SendToConnections", R"({"payload":{"text":"x"}})", {"connections"}},
      {"ConnectionIsNone",
       "SendToConnections",
       R"({"payload":{"text":"x"},"connections":["a"]})",
       {"connections[0]"}},
      {"ConnectionInCapitals",
       "SendToConnections",
       R"({"payload":{"text":"x"},"connections":["00112233445566778899AABBCCDDEEFF"]})",
       {"connections[0]"}},
  };
}

std::vector<BadCase> KickCases() {
  const std::string long_reason(124, 'x');
  return {
      {"NobodyNamed", "Kick", "{}", {"user"}},
      {"ConnectionAndUser", "Kick", Json(R"({"user":"a","connection":"$"})", kId), {"connection"}},
      {"ConnectionAndRoom", "Kick", Json(R"({"room":"a","connection":"$"})", kId), {"connection"}},
      {"ConnectionIsNone", "Kick", R"({"connection":"7"})", {"connection"}},
      {"LongUser", "Kick", Json(R"({"user":"$"})", kLong), {"user"}},
      {"BadRoom", "Kick", R"({"room":"a b"})", {"room"}},
      {"CodeOfProtocolError", "Kick", R"({"user":"a","code":1002})", {"code"}},
      {"CodeBelow", "Kick", R"({"user":"a","code":2999})", {"code"}},
      {"CodeAbove", "Kick", R"({"user":"a","code":5000})", {"code"}},
      {"CodeBeyond16Bits", "Kick", R"({"user":"a","code":68536})", {"code"}},
      {"LongReason", "Kick", Json(R"({"user":"a","reason":"$"})", long_reason), {"reason"}},
      {"NegativeBan", "Kick", R"({"user":"a","banFor":"-1s"})", {"ban_for"}},
      {"BanOfNobody", "Ban", "{}", {"user"}},
      {"BanFromBadRoom", "Ban", R"({"user":"a","room":"a b"})", {"room"}},
      {"BanOfNegativeTime", "Ban", R"({"user":"a","banFor":"-0.001s"})", {"ban_for"}},
      {"BanWithLongReason", "Ban", Json(R"({"user":"a","reason":"$"})", long_reason), {"reason"}},
      {"UnbanOfNobody", "Unban", R"({"room":"a"})", {"user"}},
      {"UnbanFromBadRoom", "Unban", R"({"user":"a","room":"a b"})", {"room"}},
      {"LargePageOfBans", "ListBans", R"({"pageSize":1001})", {"page_size"}},
      {"LongTokenOfBans",
       "ListBans",
       Json(R"({"pageToken":"$"})", std::string(2049, 'x')),
       {"page_token"}},
  };
}

std::vector<BadCase> QueryCases() {
  return {
      {"NoRoom", "GetPresence", "{}", {"room"}},
      {"UnknownView", "GetPresence", R"({"room":"a","view":9})", {"view"}},
      {"LargePage", "GetPresence", R"({"room":"a","pageSize":1001})", {"page_size"}},
      {"NoRooms", "GetPresenceStats", "{}", {"rooms"}},
      {"TooManyRooms",
       "GetPresenceStats",
       Json(R"({"rooms":[$]})", Repeat(1001, "\"r{}\"")),
       {"rooms"}},
      {"RoomTwice", "GetPresenceStats", R"({"rooms":["a","a"]})", {"rooms[1]"}},
      {"AddWithoutRoom", "AddMembers", R"({"users":["a"]})", {"room"}},
      {"AddNobody", "AddMembers", R"({"room":"a"})", {"users"}},
      {"AddEmptyUser", "AddMembers", R"({"room":"a","users":[""]})", {"users[0]"}},
      {"AddNoConnection", "AddMembers", R"({"room":"a","connections":["x"]})", {"connections[0]"}},
      {"AddTooMany",
       "AddMembers",
       Json(R"({"room":"a","users":[$],"connections":["00112233445566778899aabbccddeeff"]})",
            Repeat(1000, "\"u{}\"")),
       {"users"}},
      {"RemoveNobody", "RemoveMembers", R"({"room":"a"})", {"users"}},
      {"RemoveWithoutRoom", "RemoveMembers", R"({"users":["a"]})", {"room"}},
      {"BadPrefix", "ListRooms", R"({"prefix":"a b"})", {"prefix"}},
      {"LongPrefix", "ListRooms", Json(R"({"prefix":"$"})", kLong), {"prefix"}},
      {"LargePageOfRooms", "ListRooms", R"({"pageSize":4000000000})", {"page_size"}},
      {"RoomsOfNobody", "ListUserRooms", "{}", {"user"}},
      {"LargePageOfUserRooms", "ListUserRooms", R"({"user":"a","pageSize":1001})", {"page_size"}},
      {"ConnectionsOfBadUser", "ListConnections", R"({"user":"a\tb"})", {"user"}},
      {"ConnectionsInBadRoom", "ListConnections", R"({"room":"a b"})", {"room"}},
      {"LargePageOfConnections", "ListConnections", R"({"pageSize":1001})", {"page_size"}},
      {"NoConnection", "GetConnection", "{}", {"connection"}},
      {"ConnectionIsNone", "GetConnection", R"({"connection":"../../x"})", {"connection"}},
  };
}

class BadRequestTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadRequestTest, NamesTheFieldAndReachesNoNode) {
  ControlRig rig;
  const grpc::Status status = rig.CallJson(GetParam().method, GetParam().json);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  EXPECT_THAT(FieldsOf(status), ElementsAreArray(GetParam().fields));
  EXPECT_THAT(status.error_message(), HasSubstr(GetParam().fields[0]));
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_EQ(rig.node.calls(), 0u);
}

std::string NameOf(const testing::TestParamInfo<BadCase>& info) {
  return std::string(info.param.method) + info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Publish, BadRequestTest, testing::ValuesIn(PublishCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(History, BadRequestTest, testing::ValuesIn(HistoryCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Send, BadRequestTest, testing::ValuesIn(SendCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Kick, BadRequestTest, testing::ValuesIn(KickCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Query, BadRequestTest, testing::ValuesIn(QueryCases()), NameOf);

TEST(BadRequestTest, SaysTheLimitAndTheValue) {
  ControlRig rig;
  const grpc::Status status =
      rig.CallJson("Broadcast", Json(R"({"rooms":["a"],"text":"$"})", std::string(65537, 'x')));
  EXPECT_THAT(status.error_message(), HasSubstr("65537 bytes, limit 65536"));
}

TEST(BadRequestTest, NamesAtMostSixteenFields) {
  ControlRig rig;
  const grpc::Status status =
      rig.CallJson("Broadcast", Json(R"({"json":"1","rooms":[$]})", Repeat(1000, "\"a {}\"")));
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(FieldsOf(status).size(), 16u);
  EXPECT_THAT(status.error_message(), HasSubstr("and 999 more"));
}

TEST(BadRequestTest, APayloadOverTheLimitIsNeverSaidBack) {
  ControlRig rig;
  const grpc::Status status =
      rig.CallJson("Broadcast", R"({"rooms":["a"],"json":"{\"secret\":oops}"})");
  EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
}

TEST(BadRequestTest, AllThatFitsIsTaken) {
  ControlRig rig;
  const std::string most = Json(R"({"rooms":[$],"json":"1"})", Repeat(1000, "\"r{}\""));
  EXPECT_TRUE(rig.CallJson("Broadcast", most).ok());
  EXPECT_TRUE(
      rig.CallJson("Broadcast", Json(R"({"rooms":["a"],"text":"$"})", std::string(65536, 'x')))
          .ok());
  EXPECT_TRUE(
      rig.CallJson("Broadcast", Json(R"({"rooms":["$"],"json":"1"})", std::string(255, 'x'))).ok());
  EXPECT_TRUE(rig.CallJson("Broadcast", R"({"rooms":["a"],"text":""})").ok());
  EXPECT_TRUE(
      rig.CallJson("Kick", Json(R"({"user":"a","reason":"$"})", std::string(123, 'x'))).ok());
  EXPECT_EQ(rig.node.broadcast.count(), 4u);
}

// Bytes that are no message of the type at all.

TEST(BadRequestTest, AStringThatIsNotUtf8IsNamed) {
  ControlRig rig;
  // rooms: "a", rooms: 0xff; json: "1"
  const grpc::Status status = rig.CallBytes("Broadcast",
                                            "\x0a\x01"
                                            "a\x0a\x01\xff\x12\x01"
                                            "1");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  EXPECT_THAT(FieldsOf(status), ElementsAre("rooms[1]"));
  EXPECT_THAT(status.error_message(), HasSubstr("UTF-8"));
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(BadRequestTest, AStringThatIsNotUtf8IsNamedWithinAMessage) {
  ControlRig rig;
  // users: "a", payload: {text: 0xc3 0x28}
  const grpc::Status status =
      rig.CallBytes("SendToUsers", std::string("\x0a\x01"
                                               "a\x12\x04\x12\x02\xc3\x28"));
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  EXPECT_THAT(FieldsOf(status), ElementsAre("payload.text"));
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(BadRequestTest, BinaryMayHoldAnyBytes) {
  ControlRig rig;
  EXPECT_TRUE(rig.CallBytes("Broadcast",
                            "\x0a\x01"
                            "a\x22\x02\xff\xfe")
                  .ok());
  EXPECT_EQ(rig.node.broadcast.only().message.payload.bytes, "\xff\xfe");
}

TEST(BadRequestTest, BytesThatAreNoMessageAreRefused) {
  ControlRig rig;
  const grpc::Status status = rig.CallBytes("Broadcast", "\x0a\x7f");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "MESSAGE_MALFORMED");
  EXPECT_THAT(FieldsOf(status), IsEmpty());
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(BadRequestTest, ARequestOver4MiBIsRefused) {
  ControlRig rig;
  v1::BroadcastRequest request;
  request.add_rooms("a");
  request.set_text(std::string(5 << 20, 'x'));
  const grpc::Status status = rig.CallBytes("Broadcast", request.SerializeAsString());
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(rig.node.calls(), 0u);
}

}  // namespace
}  // namespace control
