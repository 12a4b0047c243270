// Compression for those whose clients read it, once for all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"
#include "tests/support/raw_deflate.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What the client makes of its text messages: "+" before those that came compressed.
std::vector<std::string> Read(const HubRig::Connection& connection, int window_bits = 15) {
  std::vector<std::string> texts;
  for (const RecordedConnection::Message& message : connection->Messages()) {
    if (message.opcode != Opcode::kText) continue;
    const std::string inflated =
        message.compressed ? RawInflate(message.payload, window_bits).value_or("unreadable") : "";
    texts.push_back(message.compressed ? "+" + inflated : message.payload);
  }
  return texts;
}

uint64_t Compressions(HubRig& rig, ShardIndex shard = 0) {
  kOnShard.AssertHeld();
  return rig.hub(shard).deflater().compressions();
}

std::string Json(size_t size) {
  return "\"" + std::string(size - 2, 'x') + "\"";
}

TEST(HubDeflateTest, APublicationIsCompressedOnceForAllWhoReadIt) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(0);
  std::vector<HubRig::Connection> reading;
  std::vector<HubRig::Connection> plain;
  for (const ShardIndex shard : {ShardIndex{0}, ShardIndex{1}}) {
    for (int i = 0; i < 3; ++i) {
      reading.push_back(rig.Connect({.rooms = {room}, .deflate_bits = 15}, shard));
      plain.push_back(rig.Connect({.rooms = {room}}, shard));
    }
  }
  rig.Publish(room, Json(1000));
  rig.Settle();
  const std::vector<std::string> text = Read(plain[0]);
  ASSERT_EQ(text.size(), 1U);
  EXPECT_EQ(JsonField(text[0], "content"), Json(1000));
  for (const auto& member : plain) EXPECT_EQ(Read(member), text);
  for (const auto& member : reading) EXPECT_THAT(Read(member), ElementsAre("+" + text[0]));
  EXPECT_EQ(Compressions(rig, 0), 1U);
  EXPECT_EQ(Compressions(rig, 1), 0U);
}

TEST(HubDeflateTest, ARoomWhereNobodyReadsItCompressesNothing) {
  HubRig rig;
  const auto elsewhere = rig.Connect({.rooms = {"other"}, .deflate_bits = 15});
  rig.Connect({.rooms = {"chat"}});
  rig.Publish("chat", Json(1000));
  rig.Settle();
  EXPECT_EQ(Compressions(rig), 0U);
}

TEST(HubDeflateTest, TheLastWhoReadsItTakesTheWorkAlong) {
  for (const ShardIndex member : {ShardIndex{0}, ShardIndex{1}}) {
    HubRig rig(2);
    const std::string room = rig.RoomAt(0);
    rig.Connect({.rooms = {room}}, member);
    const auto leaves = rig.Connect({.rooms = {room}, .deflate_bits = 15}, member);
    const auto lost = rig.Connect({.rooms = {room}, .deflate_bits = 9}, member);
    rig.Say(leaves, R"({"type":"leave","room":")" + room + "\"}");
    rig.Publish(room, Json(300));
    EXPECT_EQ(Compressions(rig), 1U);
    rig.Lose(lost);
    rig.Settle();
    rig.Publish(room, Json(300));
    EXPECT_EQ(Compressions(rig), 1U);
  }
}

TEST(HubDeflateTest, AJoinThatIsCancelledIsNotCounted) {
  HubRig rig(2);
  const std::string room = rig.RoomAt(0);
  rig.Connect({.rooms = {room}}, 1);
  const auto session = rig.Connect({.deflate_bits = 15}, 1);
  rig.Send(session, R"({"type":"join","room":")" + room + "\"}");
  rig.Lose(session);
  rig.Settle();
  rig.Publish(room, Json(1000));
  EXPECT_EQ(Compressions(rig), 0U);
}

TEST(HubDeflateTest, AJoinThatIsRefusedIsNotCounted) {
  HubRig rig;
  rig.Connect({.rooms = {"small:1"}});
  rig.Connect({.rooms = {"small:1"}});
  const auto third = rig.Connect({.deflate_bits = 15});
  rig.Say(third, R"({"type":"join","room":"small:1"})");
  ASSERT_THAT(Read(third), ElementsAre(HasSubstr("limit_exceeded")));
  rig.Publish("small:1", Json(1000));
  EXPECT_EQ(Compressions(rig), 0U);
}

TEST(HubDeflateTest, ShortMessagesGoPlainToAll) {
  HubRig rig(1, {.deflate = {.threshold = 400}});
  const auto member = rig.Connect({.rooms = {"chat"}, .deflate_bits = 15});
  rig.Publish("chat", Json(200));
  rig.Publish("chat", Json(400));
  rig.Settle();
  ASSERT_EQ(Read(member).size(), 2U);
  EXPECT_EQ(Read(member)[0][0], '{');
  EXPECT_EQ(Read(member)[1][0], '+');
}

TEST(HubDeflateTest, WhatDoesNotGetShorterGoesPlainToAll) {
  HubRig rig;
  const auto one = rig.Connect({.rooms = {"bytes:1"}, .deflate_bits = 15});
  const auto other = rig.Connect({.rooms = {"bytes:1"}, .deflate_bits = 9});
  const std::string noise = Incompressible(5000);
  rig.SendBinary(one, noise);
  rig.Settle();
  const RecordedConnection::Message expected{Opcode::kBinary, noise, false};
  EXPECT_THAT(one->Messages(), ElementsAre(expected));
  EXPECT_THAT(other->Messages(), ElementsAre(expected));
  EXPECT_EQ(Compressions(rig), 1U);
}

TEST(HubDeflateTest, SmallWindowsShareShortMessagesAndGetLongOnesOfTheirOwn) {
  HubRig rig(1, {.deflate = {.threshold = 0}});
  const auto wide = rig.Connect({.rooms = {"chat"}, .deflate_bits = 15});
  const auto narrow = rig.Connect({.rooms = {"chat"}, .deflate_bits = 9});
  const auto narrow_too = rig.Connect({.rooms = {"chat"}, .deflate_bits = 9});
  const auto narrowest = rig.Connect({.rooms = {"chat"}, .deflate_bits = 8});
  rig.Publish("chat", Json(20));
  rig.Settle();
  EXPECT_EQ(Compressions(rig), 1U);
  // So that what is for the large window refers further back than the small one reaches.
  const std::string far = Compressible(300);
  std::string content = "\"" + far + Compressible(5000) + far + "\"";
  std::ranges::replace(content.begin() + 1, content.end() - 1, '"', '\'');
  rig.Publish("chat", content);
  rig.Settle();
  EXPECT_EQ(Compressions(rig), 3U);
  const std::vector<std::string> texts = Read(wide, 15);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(JsonField(texts[1].substr(1), "content"), content);
  EXPECT_EQ(Read(narrow, 9), texts);
  EXPECT_EQ(Read(narrow_too, 9), texts);
  EXPECT_THAT(Read(narrowest, 8), ElementsAre(texts[0], texts[1].substr(1)));
}

TEST(HubDeflateTest, RepliesAndTheWelcomeAreCompressedForWhoReadsThem) {
  HubRig rig(1, {.deflate = {.threshold = 0}});
  const auto reading = rig.Connect({.rooms = {"chat"}, .welcome = true, .deflate_bits = 9});
  const auto plain = rig.Connect({.rooms = {"chat"}, .welcome = true});
  const std::string long_id(250, 'i');
  rig.Say(reading, R"({"type":"ping","id":")" + long_id + "\"}");
  rig.Say(plain, R"({"type":"ping","id":")" + long_id + "\"}");
  EXPECT_THAT(Read(plain), ElementsAre(HasSubstr("{\"type\":\"welcome"), HasSubstr(long_id)));
  EXPECT_THAT(Read(reading, 9),
              ElementsAre(HasSubstr("+{\"type\":\"welcome"), "+" + Read(plain)[1]));
}

TEST(HubDeflateTest, JoinsAndLeavesAreAnnouncedCompressed) {
  HubRig rig(1, {.deflate = {.threshold = 0}});
  const auto member = rig.Connect({.rooms = {"events:1"}, .deflate_bits = 15});
  rig.Connect({.user = std::string(200, 'u'), .rooms = {"events:1"}});
  EXPECT_THAT(Read(member).back(), HasSubstr("+{\"type\":\"joined\""));
}

TEST(HubDeflateTest, TheWriteQueueCountsWhatIsSent) {
  HubRig rig(1, {.outbound = {.max_bytes = 2000}});
  const auto reading = rig.Connect({.user = "reading", .rooms = {"chat"}, .deflate_bits = 15});
  const auto plain = rig.Connect({.user = "plain", .rooms = {"chat"}});
  rig.Publish("chat", Json(5000));
  rig.Settle();
  EXPECT_EQ(Read(reading).size(), 1U);
  EXPECT_EQ(plain->CloseCode(), 3008);
}

TEST(HubDeflateTest, AnEchoIsCompressedToo) {
  HubRig rig(1, {.echo = true});
  const auto client = rig.Connect({.deflate_bits = 15});
  rig.Say(client, Json(1000));
  EXPECT_EQ(Read(client).size(), 1U);
  EXPECT_EQ(Read(client)[0][0], '+');
}

TEST(HubDeflateTest, ASlotThatIsUsedAgainRemembersNothing) {
  HubRig rig;
  rig.Lose(rig.Connect({.rooms = {"chat"}, .deflate_bits = 15}));
  rig.Settle();
  const auto next = rig.Connect({.rooms = {"chat"}});
  rig.Publish("chat", Json(1000));
  rig.Settle();
  EXPECT_EQ(Read(next)[0][0], '{');
  EXPECT_EQ(Compressions(rig), 0U);
}

}  // namespace
}  // namespace edge
