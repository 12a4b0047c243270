#include "control/call_codec.h"

#include <gmock/gmock.h>

#include "control/status_details.h"
#include "gatehouse/v1/control.pb.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(FindMethodTest, ByShortAndByFullName) {
  for (const char* name :
       {"Broadcast", "gatehouse.v1.ControlService/Broadcast",
        "/gatehouse.v1.ControlService/Broadcast", "gatehouse.v1.ControlService.Broadcast"}) {
    const auto method = FindMethod(name);
    ASSERT_TRUE(method.ok()) << name;
    EXPECT_EQ((*method)->full_name(), "gatehouse.v1.ControlService.Broadcast");
  }
  EXPECT_TRUE(FindMethod("grpc.health.v1.Health/Check").ok());
}

TEST(FindMethodTest, AnUnknownNameListsTheMethods) {
  const absl::Status status = FindMethod("broadcast").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Broadcast, BroadcastStream"));
}

TEST(SplitObjectsTest, CutsBetweenObjects) {
  EXPECT_THAT(*SplitObjects(R"({"a":{"b":1}} {"c":"} {"} )"),
              ElementsAre(R"({"a":{"b":1}})", R"({"c":"} {"})"));
  EXPECT_THAT(*SplitObjects(R"({"a":"\"}"}{})"), ElementsAre(R"({"a":"\"}"})", "{}"));
  EXPECT_THAT(*SplitObjects("  "), ElementsAre("{}"));
}

TEST(SplitObjectsTest, RefusesWhatIsNoObject) {
  EXPECT_FALSE(SplitObjects("[1]").ok());
  EXPECT_FALSE(SplitObjects(R"({"a":1)").ok());
  EXPECT_FALSE(SplitObjects("{}}").ok());
}

TEST(JsonTest, GoesBothWays) {
  const auto message = FromJson(*gatehouse::v1::KickRequest::descriptor(),
                                R"({"user":"a","banFor":"1.5s","code":3000})");
  ASSERT_TRUE(message.ok()) << message.status();
  gatehouse::v1::KickRequest request;
  request.CopyFrom(**message);
  EXPECT_EQ(request.ban_for().nanos(), 500'000'000);
  EXPECT_EQ(ToJson(request),
            "{\n  \"user\": \"a\",\n  \"code\": 3000,\n  \"banFor\": \"1.500s\"\n}\n");
}

TEST(JsonTest, AnUnknownFieldIsAnError) {
  const absl::Status status =
      FromJson(*gatehouse::v1::KickRequest::descriptor(), R"({"usr":"a"})").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("usr"));
}

TEST(DescribeErrorTest, NamesTheCodeAndTheFields) {
  const google::rpc::Status status = ToRpcStatus(BadField("rooms[0]", "room name is empty"));
  EXPECT_EQ(DescribeError(status.code(), status.message(), status.SerializeAsString()),
            "INVALID_ARGUMENT: rooms[0]: room name is empty\n  rooms[0]: room name is empty");
  EXPECT_EQ(DescribeError(14, "no", "not a status at all \xff"), "UNAVAILABLE: no");
}

}  // namespace
}  // namespace control
