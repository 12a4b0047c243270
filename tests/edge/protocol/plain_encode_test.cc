#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "edge/base/json_scanner.h"
#include "edge/protocol/client_protocol.h"
#include "tests/edge/protocol/frame_text.h"

namespace edge {
namespace {

using Kind = ClientReply::Kind;

std::string Encoded(const Publication& publication) {
  return TextOf(PlainProtocol().EncodePublication(publication));
}
std::string Encoded(const ClientReply& reply) {
  return TextOf(PlainProtocol().EncodeReply(reply));
}
std::string Encoded(const MemberEvent& event) {
  return TextOf(PlainProtocol().EncodeMemberEvent(event));
}

TEST(PlainEncodeTest, APublicationHasUserContentTimeRoomAndOffset) {
  EXPECT_EQ(Encoded(Publication{.room = "chat:1",
                                .offset = 7,
                                .user = "alice",
                                .kind = ContentKind::kJson,
                                .content = R"({"a": 1.0})",
                                .unix_millis = 1500}),
            R"({"user":"alice","content":{"a": 1.0},"ts":"1970-01-01T00:00:01.500Z",)"
            R"("room":"chat:1","offset":7})");
}

TEST(PlainEncodeTest, APublicationOfAnUnnamedServiceHasNoUser) {
  EXPECT_EQ(Encoded(Publication{.room = "r", .offset = 1, .content = "1"}),
            R"({"content":1,"ts":"1970-01-01T00:00:00.000Z","room":"r","offset":1})");
}

TEST(PlainEncodeTest, WhatIsSentToAUserHasNoRoomAndNoOffset) {
  EXPECT_EQ(Encoded(Publication{.user = "u", .content = "1"}),
            R"({"user":"u","content":1,"ts":"1970-01-01T00:00:00.000Z"})");
}

TEST(PlainEncodeTest, TextBecomesAJsonString) {
  const std::string text = Encoded(
      Publication{.kind = ContentKind::kText, .content = std::string_view("a\"\\\n\0\xc3\xa9", 7)});
  EXPECT_EQ(text,
            "{\"content\":\"a\\\"\\\\\\n\\u0000\u00e9\",\"ts\":\"1970-01-01T00:00:00.000Z\"}");
  EXPECT_TRUE(IsValidJson(text));
}

TEST(PlainEncodeTest, BinaryIsOneBinaryMessageWithoutAnEnvelope) {
  const Publication publication{.room = "r",
                                .offset = 1,
                                .kind = ContentKind::kBinary,
                                .content = std::string_view("\0\xff", 2)};
  EXPECT_EQ(PlainProtocol().EncodePublication(publication)->bytes(),
            std::string_view("\x82\x02\0\xff", 4));
}

TEST(PlainEncodeTest, TagsAreAnObjectOfStringsWithEscapedNames) {
  const Tags tags = {{"a\"b", "1"}, {"c", "x\ny"}};
  const std::string text = Encoded(Publication{.content = "1", .tags = &tags});
  EXPECT_TRUE(text.ends_with(R"("tags":{"a\"b":"1","c":"x\ny"}})")) << text;
  const Tags none;
  EXPECT_EQ(Encoded(Publication{.content = "1", .tags = &none}).find("tags"), std::string::npos);
}

TEST(PlainEncodeTest, AMemberEventSaysWhoJoinedOrLeft) {
  EXPECT_EQ(
      Encoded(MemberEvent{.joined = true, .room = "r", .user = "u", .info = R"({"n":1})"}),
      R"({"type":"joined","room":"r","user":"u","info":{"n":1},"ts":"1970-01-01T00:00:00.000Z"})");
  EXPECT_EQ(Encoded(MemberEvent{.joined = false, .room = "r", .user = "u"}),
            R"({"type":"left","room":"r","user":"u","ts":"1970-01-01T00:00:00.000Z"})");
}

TEST(PlainEncodeTest, AnAckHasTheIdAsItCameAndThePosition) {
  EXPECT_EQ(Encoded(ClientReply{
                .kind = Kind::kAck, .id = R"("a\u0031")", .room = "r", .position = {255, 9}}),
            R"({"type":"ack","id":"a\u0031","room":"r","offset":9,"epoch":"00000000000000ff"})");
}

TEST(PlainEncodeTest, APongHasNothingButTheId) {
  EXPECT_EQ(Encoded(ClientReply{.kind = Kind::kPong}), R"({"type":"pong"})");
  EXPECT_EQ(Encoded(ClientReply{.kind = Kind::kPong, .id = "4"}), R"({"type":"pong","id":4})");
}

TEST(PlainEncodeTest, AnErrorHasCodeAndEscapedMessage) {
  ClientReply reply{.kind = Kind::kError, .id = "4"};
  reply.status = absl::PermissionDeniedError("not \"here\"");
  EXPECT_EQ(Encoded(reply),
            R"({"type":"error","id":4,"code":"permission_denied","message":"not \"here\""})");
}

TEST(PlainEncodeTest, PresenceListsUsersAndTheNextPage) {
  const std::vector<ClientReply::PresentUser> users = {{"a", 2, R"({"x":1})"}, {"b\"", 1, ""}};
  ClientReply reply{.kind = Kind::kPresence, .room = "r"};
  reply.present = &users;
  reply.user_count = 3;
  reply.connection_count = 4;
  reply.next = "b\"";
  EXPECT_EQ(Encoded(reply),
            R"({"type":"presence","room":"r","user_count":3,"connection_count":4,"users":[)"
            R"({"user":"a","connections":2,"info":{"x":1}},{"user":"b\"","connections":1}],)"
            R"("next":"b\""})");
}

TEST(PlainEncodeTest, PresenceOfNobodyIsAnEmptyList) {
  const std::vector<ClientReply::PresentUser> nobody;
  ClientReply reply{.kind = Kind::kPresence, .room = "r"};
  reply.present = &nobody;
  EXPECT_EQ(Encoded(reply),
            R"({"type":"presence","room":"r","user_count":0,"connection_count":0,"users":[]})");
}

TEST(PlainEncodeTest, AWelcomeHasUserConnectionRoomsAndExpiry) {
  const std::vector<ClientReply::WelcomeRoom> rooms = {{"a", {2, 1}, {}}, {"b", {4, 3}, true}};
  ClientReply reply{.kind = Kind::kWelcome, .user = "u", .connection = "c"};
  reply.rooms = &rooms;
  reply.expires_unix_millis = 1000;
  EXPECT_EQ(Encoded(reply),
            R"({"type":"welcome","user":"u","connection":"c","rooms":[)"
            R"({"room":"a","offset":1,"epoch":"0000000000000002"},)"
            R"({"room":"b","offset":3,"epoch":"0000000000000004","recovered":true}],)"
            R"("expires":"1970-01-01T00:00:01.000Z"})");
}

TEST(PlainEncodeTest, EveryOtherReplyHasItsType) {
  const auto type_of = [](Kind kind) { return Encoded(ClientReply{.kind = kind, .room = "r"}); };
  EXPECT_EQ(type_of(Kind::kJoined),
            R"({"type":"join","room":"r","offset":0,"epoch":"0000000000000000"})");
  EXPECT_EQ(type_of(Kind::kLeft), R"({"type":"leave","room":"r"})");
  EXPECT_EQ(type_of(Kind::kRemoved), R"({"type":"removed","room":"r"})");
  EXPECT_EQ(type_of(Kind::kRefreshed), R"({"type":"refresh","room":"r"})");
}

TEST(PlainEncodeTest, AFrameDoesNotChangeWhenTheNextIsEncoded) {
  const FramePtr first = PlainProtocol().EncodePublication(Publication{.content = "\"first\""});
  const std::string before = TextOf(first);
  PlainProtocol().EncodePublication(Publication{.content = "\"second and longer\""});
  EXPECT_EQ(TextOf(first), before);
}

}  // namespace
}  // namespace edge
