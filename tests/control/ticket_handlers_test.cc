#include "control/ticket_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CreateTicketTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.create_ticket.Answer(edge::TicketResult{"gt_x", 1'700'000'000'123});
  v1::CreateTicketRequest request;
  request.set_user("alice");
  request.set_info(R"({"name":"Al"})");
  request.add_join("chat:*");
  request.add_publish("chat:1");
  request.add_rooms("chat:1");
  request.mutable_session_for()->set_seconds(60);
  request.mutable_ttl()->set_seconds(5);
  request.set_address("2001:DB8::0:1");
  v1::CreateTicketResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->CreateTicket(&context, request, &response).ok());
  EXPECT_EQ(response.ticket(), "gt_x");
  EXPECT_EQ(response.expires().seconds(), 1'700'000'000);
  EXPECT_EQ(response.expires().nanos(), 123'000'000);
  const edge::TicketCommand command = rig.node.create_ticket.only();
  EXPECT_EQ(command.user, edge::UserId("alice"));
  EXPECT_EQ(command.info, R"({"name":"Al"})");
  EXPECT_THAT(command.join, ElementsAre("chat:*"));
  EXPECT_THAT(command.publish, ElementsAre("chat:1"));
  EXPECT_THAT(command.rooms, ElementsAre(edge::RoomName("chat:1")));
  EXPECT_EQ(command.session_millis, 60'000);
  EXPECT_EQ(command.ttl_millis, 5'000);
  EXPECT_EQ(command.address, "2001:db8::1");
}

TEST(CreateTicketTest, OfAUserAloneHasTheDefaultsOfTheContract) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("CreateTicket", R"({"user":"alice"})").ok());
  const edge::TicketCommand command = rig.node.create_ticket.only();
  EXPECT_EQ(command.ttl_millis, 30'000);
  EXPECT_EQ(command.session_millis, 0);
  EXPECT_EQ(command.address, "");
  EXPECT_EQ(command.info, "");
  EXPECT_THAT(command.join, IsEmpty());
  EXPECT_THAT(command.rooms, IsEmpty());
}

TEST(CreateTicketTest, TenMinutesAreAllowedAndNoMore) {
  ControlRig rig;
  EXPECT_TRUE(rig.CallJson("CreateTicket", R"({"user":"alice","ttl":"600s"})").ok());
  const grpc::Status status = rig.CallJson("CreateTicket", R"({"user":"alice","ttl":"600.001s"})");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("ttl"));
}

TEST(CreateTicketTest, EveryWrongFieldIsNamed) {
  ControlRig rig;
  const grpc::Status status = rig.CallJson("CreateTicket",
                                           R"({"info":"{","join":["a b","c","c"],"publish":[""],
      "rooms":["*"],"sessionFor":"-1s","ttl":"-1s","address":"localhost"})");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("user", "info", "join[0]", "join[2]", "publish[0]",
                                            "rooms[0]", "session_for", "ttl", "address"));
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(CreateTicketTest, JoinAndRoomsTogetherAreBounded) {
  ControlRig rig;
  v1::CreateTicketRequest request;
  request.set_user("alice");
  for (int i = 0; i < 64; ++i) request.add_join(fmt::format("chat:{}", i));
  EXPECT_TRUE(rig.CallBytes("CreateTicket", request.SerializeAsString()).ok());
  request.add_rooms("news");
  const grpc::Status status = rig.CallBytes("CreateTicket", request.SerializeAsString());
  EXPECT_THAT(FieldsOf(status), ElementsAre("rooms"));
}

TEST(CreateTicketTest, AFullStoreIsResourceExhausted) {
  ControlRig rig;
  rig.node.create_ticket.Answer(absl::ResourceExhaustedError("2 tickets wait to be used"));
  EXPECT_EQ(rig.CallJson("CreateTicket", R"({"user":"alice"})").error_code(),
            grpc::RESOURCE_EXHAUSTED);
}

TEST(RevokeTokensTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.revoke_tokens.Answer(edge::RevokeResult{3, 1'700'000'000'000});
  v1::RevokeTokensRequest request;
  request.set_user("alice");
  request.mutable_issued_before()->set_seconds(1'600'000'000);
  request.mutable_issued_before()->set_nanos(1'999'999);
  request.mutable_keep_for()->set_seconds(60);
  v1::RevokeTokensResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->RevokeTokens(&context, request, &response).ok());
  EXPECT_EQ(response.closed(), 3u);
  EXPECT_EQ(response.until().seconds(), 1'700'000'000);
  const edge::RevokeCommand command = rig.node.revoke_tokens.only();
  EXPECT_EQ(command.user, edge::UserId("alice"));
  EXPECT_EQ(command.token_id, "");
  EXPECT_EQ(command.issued_before_unix_millis, 1'600'000'000'001);
  EXPECT_EQ(command.keep_millis, 60'000);
}

TEST(RevokeTokensTest, ByTokenOrOfAll) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("RevokeTokens", R"({"tokenId":"t-1"})").ok());
  ASSERT_TRUE(rig.CallJson("RevokeTokens", R"({"issuedBefore":"2026-01-01T00:00:00Z"})").ok());
  const auto commands = rig.node.revoke_tokens.all();
  EXPECT_EQ(commands[0].token_id, "t-1");
  EXPECT_EQ(commands[0].user, std::nullopt);
  EXPECT_EQ(commands[0].issued_before_unix_millis, 0);
  EXPECT_EQ(commands[1].issued_before_unix_millis, 1'767'225'600'000);
  EXPECT_EQ(commands[1].user, std::nullopt);
}

TEST(RevokeTokensTest, WhatIsAmbiguousIsRefused) {
  ControlRig rig;
  const std::string long_id(256, 'x');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{}", "user"},
      {R"({"user":"a","tokenId":"t"})", "token_id"},
      {R"({"tokenId":"t","issuedBefore":"2026-01-01T00:00:00Z"})", "issued_before"},
      {R"({"issuedBefore":"1970-01-01T00:00:00Z"})", "issued_before"},
      {R"({"user":"a","keepFor":"-1s"})", "keep_for"},
      {R"({"tokenId":"a\nb"})", "token_id"},
      {R"({"tokenId":")" + long_id + "\"}", "token_id"},
      {R"({"user":")" + long_id + "\"}", "user"}};
  for (const auto& [json, field] : cases) {
    const grpc::Status status = rig.CallJson("RevokeTokens", json);
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << json;
    EXPECT_THAT(FieldsOf(status), ElementsAre(field)) << json;
  }
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(ListRevocationsTest, TranslatesBothWays) {
  ControlRig rig;
  edge::RevocationPage page;
  page.revocations.push_back({edge::UserId("alice"), "", 1'600'000'000'000, 1'700'000'000'000, 5});
  page.revocations.push_back({std::nullopt, "t-1", 0, 1'700'000'000'000, 5'000});
  page.next_token = "next";
  rig.node.list_revocations.Answer(page);
  v1::ListRevocationsRequest request;
  request.set_page_size(7);
  request.set_page_token("token");
  v1::ListRevocationsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListRevocations(&context, request, &response).ok());
  EXPECT_EQ(rig.node.list_revocations.only().size, 7u);
  EXPECT_EQ(rig.node.list_revocations.only().token, "token");
  ASSERT_EQ(response.revocations_size(), 2);
  EXPECT_EQ(response.revocations(0).user(), "alice");
  EXPECT_EQ(response.revocations(0).issued_before().seconds(), 1'600'000'000);
  EXPECT_EQ(response.revocations(0).until().seconds(), 1'700'000'000);
  EXPECT_EQ(response.revocations(1).token_id(), "t-1");
  EXPECT_FALSE(response.revocations(1).has_issued_before());
  EXPECT_EQ(response.revocations(1).created().seconds(), 5);
  EXPECT_EQ(response.next_page_token(), "next");
}

}  // namespace
}  // namespace control
