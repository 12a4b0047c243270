#include "control/kick_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

constexpr char kConnection[] = "00112233445566778899aabbccddeeff";

TEST(KickTest, OfAUserHasTheDefaultsOfTheContract) {
  ControlRig rig;
  rig.node.kick.Answer(edge::KickResult{3});
  v1::KickRequest request;
  request.set_user("alice");
  v1::KickResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Kick(&context, request, &response).ok());
  EXPECT_EQ(response.kicked(), 3u);
  const edge::KickCommand command = rig.node.kick.only();
  EXPECT_EQ(command.user, edge::UserId("alice"));
  EXPECT_EQ(command.room, std::nullopt);
  EXPECT_EQ(command.connection, std::nullopt);
  EXPECT_EQ(command.code, 3503);
  EXPECT_EQ(command.reason, "");
  EXPECT_EQ(command.ban_millis, 0);
}

TEST(KickTest, OfAUserInARoomWithAllFields) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("Kick", R"({"user":"alice","room":"chat:1","code":4001,"reason":"rude",
                                       "banFor":"90.5s"})")
                  .ok());
  const edge::KickCommand command = rig.node.kick.only();
  EXPECT_EQ(command.user, edge::UserId("alice"));
  EXPECT_EQ(command.room, edge::RoomName("chat:1"));
  EXPECT_EQ(command.code, 4001);
  EXPECT_EQ(command.reason, "rude");
  EXPECT_EQ(command.ban_millis, 90'500);
}

TEST(KickTest, OfAConnectionOrARoom) {
  ControlRig rig;
  ASSERT_TRUE(
      rig.CallJson("Kick", fmt::format(R"({{"connection":"{}","code":1000}})", kConnection)).ok());
  ASSERT_TRUE(rig.CallJson("Kick", R"({"room":"chat:1","code":3000})").ok());
  const auto commands = rig.node.kick.all();
  EXPECT_EQ(commands[0].connection->ToString(), kConnection);
  EXPECT_EQ(commands[0].code, 1000);
  EXPECT_EQ(commands[1].room, edge::RoomName("chat:1"));
  EXPECT_EQ(commands[1].user, std::nullopt);
}

TEST(KickTest, ATimeAboveNothingIsNeverNothing) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("Ban", R"({"user":"alice","banFor":"0.000000001s"})").ok());
  EXPECT_EQ(rig.node.ban.only().ban_millis, 1);
}

TEST(KickTest, AFullMailboxIsResourceExhausted) {
  ControlRig rig;
  rig.node.kick.Answer(absl::ResourceExhaustedError("a shard's mailbox is full"));
  const grpc::Status status = rig.CallJson("Kick", R"({"user":"alice"})");
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "a shard's mailbox is full");
}

TEST(BanTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.ban.Answer(edge::KickResult{2});
  v1::BanRequest request;
  request.set_user("alice");
  request.set_room("chat:1");
  request.mutable_ban_for()->set_seconds(60);
  request.set_reason("rude");
  request.set_keep_sessions(true);
  v1::BanResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Ban(&context, request, &response).ok());
  EXPECT_EQ(response.kicked(), 2u);
  const edge::BanCommand command = rig.node.ban.only();
  EXPECT_EQ(command.user, edge::UserId("alice"));
  EXPECT_EQ(command.room, edge::RoomName("chat:1"));
  EXPECT_EQ(command.ban_millis, 60'000);
  EXPECT_EQ(command.reason, "rude");
  EXPECT_TRUE(command.keep_sessions);
}

TEST(BanTest, WithoutATimeHasNoEnd) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("Ban", R"({"user":"alice"})").ok());
  EXPECT_EQ(rig.node.ban.only().ban_millis, 0);
  EXPECT_EQ(rig.node.ban.only().room, std::nullopt);
  EXPECT_FALSE(rig.node.ban.only().keep_sessions);
}

TEST(UnbanTest, TranslatesBothWays) {
  ControlRig rig;
  rig.node.unban.Answer(edge::UnbanResult{true});
  v1::UnbanRequest request;
  request.set_user("alice");
  request.set_room("chat:1");
  v1::UnbanResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->Unban(&context, request, &response).ok());
  EXPECT_TRUE(response.existed());
  EXPECT_EQ(rig.node.unban.only().user, edge::UserId("alice"));
  EXPECT_EQ(rig.node.unban.only().room, edge::RoomName("chat:1"));
}

TEST(ListBansTest, TranslatesBothWays) {
  ControlRig rig;
  edge::BanPage page;
  page.bans.push_back({edge::UserId("alice"), std::nullopt, 0, "rude", 1'700'000'000'123});
  page.bans.push_back({edge::UserId("bob"), edge::RoomName("chat:1"), 1'800'000'000'000, "", 5});
  page.next_token = "next";
  rig.node.list_bans.Answer(page);
  v1::ListBansRequest request;
  request.set_page_size(7);
  request.set_page_token("token");
  v1::ListBansResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListBans(&context, request, &response).ok());
  EXPECT_EQ(rig.node.list_bans.only().size, 7u);
  EXPECT_EQ(rig.node.list_bans.only().token, "token");
  ASSERT_EQ(response.bans_size(), 2);
  EXPECT_EQ(response.bans(0).user(), "alice");
  EXPECT_EQ(response.bans(0).room(), "");
  EXPECT_FALSE(response.bans(0).has_until());
  EXPECT_EQ(response.bans(0).reason(), "rude");
  EXPECT_EQ(response.bans(0).created().seconds(), 1'700'000'000);
  EXPECT_EQ(response.bans(0).created().nanos(), 123'000'000);
  EXPECT_EQ(response.bans(1).room(), "chat:1");
  EXPECT_EQ(response.bans(1).until().seconds(), 1'800'000'000);
  EXPECT_EQ(response.next_page_token(), "next");
}

TEST(ListBansTest, TheEndOfABanIsNeverPastTheYear9999) {
  ControlRig rig;
  edge::BanPage page;
  page.bans.push_back({edge::UserId("alice"), std::nullopt, 400'000'000'000'000, "", 0});
  rig.node.list_bans.Answer(page);
  v1::ListBansResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->ListBans(&context, {}, &response).ok());
  EXPECT_EQ(response.bans(0).until().seconds(), 253'402'300'799);
}

TEST(ListBansTest, HasAPageOfAHundredUnlessAskedOtherwise) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("ListBans", "{}").ok());
  EXPECT_EQ(rig.node.list_bans.only().size, 100u);
  EXPECT_EQ(rig.node.list_bans.only().token, "");
}

TEST(ListBansTest, ATokenThatTheNodeDoesNotKnowIsTheFieldsFault) {
  ControlRig rig;
  rig.node.list_bans.Answer(absl::InvalidArgumentError("page_token is not the next_page_token"));
  const grpc::Status status = rig.CallJson("ListBans", R"({"pageToken":"forged"})");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), testing::ElementsAre("page_token"));
}

}  // namespace
}  // namespace control
