// Clients that send too much, read too little, or talk nonsense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(HubLimitsTest, InvalidMessagesAreAnsweredAndTheSessionLives) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"chat"}});
  for (const char* bad : {"", "[]", "{", "{\"content\":}", "{\"type\":\"fly\"}", "{}", "\"x\""}) {
    rig.Say(alice, bad);
    EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"bad_request\"") << bad;
  }
  rig.Say(alice, R"({"type":"ping","id":1})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "type"), "\"pong\"");
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST(HubLimitsTest, TooManyErrorsInAMinuteCloseTheSession) {
  HubRig rig(1, {.max_errors = 3});
  const auto alice = rig.Connect({.rooms = {"chat"}});
  for (int i = 0; i < 3; ++i) rig.Say(alice, "nonsense");
  EXPECT_EQ(alice->CloseCode(), 0);
  rig.Say(alice, "nonsense");
  EXPECT_EQ(alice->CloseCode(), 3509);
  EXPECT_THAT(alice->Texts(), SizeIs(4));  // the reason is told before the Close
  EXPECT_EQ(rig.Present("chat"), 0U);
}

// What the node cannot do at the moment is told, and does not count against the client.
TEST(HubLimitsTest, OverloadIsNoErrorOfTheClients) {
  HubRig rig(2, {.max_errors = 3, .messages_per_second = 0}, 128);
  const auto alice = rig.Connect({.rooms = {rig.RoomAt(1)}});
  for (int i = 0; i < 40; ++i) rig.Send(alice, R"({"content":1,"id":1})");
  rig.Settle();
  EXPECT_EQ(rig.metrics().messages_rejected.value(), 24);
  EXPECT_EQ(JsonField(alice->Texts()[0], "code"), "\"unavailable\"");
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST(HubLimitsTest, ErrorsSpreadOverTimeAreForgiven) {
  HubRig rig(1, {.max_errors = 3, .ping_interval_millis = 3600000});
  const auto alice = rig.Connect({});
  for (int i = 0; i < 12; ++i) {
    rig.Say(alice, "nonsense");
    rig.Advance(20000);
  }
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST(HubLimitsTest, MessagesOverTheRateAreRefusedAndTooManyOfThemCloseTheSession) {
  HubRig rig(1, {.max_errors = 5, .messages_per_second = 10});
  const auto alice = rig.Connect({.rooms = {"chat"}});
  for (int i = 0; i < 20; ++i) rig.Say(alice, R"({"content":1})");
  EXPECT_EQ(rig.metrics().messages_rejected.value(), 0);  // twice the rate may come at once
  rig.Say(alice, R"({"content":1})");
  EXPECT_EQ(JsonField(alice->Texts().back(), "code"), "\"limit_exceeded\"");
  EXPECT_EQ(alice->CloseCode(), 0);
  for (int i = 0; i < 5; ++i) rig.Say(alice, R"({"content":1})");
  EXPECT_EQ(alice->CloseCode(), 3509);
}

TEST(HubLimitsTest, RateComesBackWithTime) {
  HubRig rig(1, {.messages_per_second = 10});
  const auto alice = rig.Connect({.rooms = {"chat"}});
  for (int i = 0; i < 20; ++i) rig.Send(alice, R"({"content":1})");
  rig.Advance(1000);
  for (int i = 0; i < 10; ++i) rig.Send(alice, R"({"content":1})");
  rig.Settle();
  EXPECT_EQ(rig.metrics().messages_rejected.value(), 0);
}

TEST(HubLimitsTest, SlowClientIsClosedAndTheOthersAreNotAffected) {
  HubRig rig(1, {.outbound = {.max_bytes = 1 << 20, .max_frames = 10}});
  const auto slow = rig.Connect({.user = "slow", .rooms = {"chat"}});
  const auto fast = rig.Connect({.user = "fast", .rooms = {"chat"}});
  slow->writable = 0;
  for (int i = 0; i < 30; ++i) {
    rig.Publish("chat", std::to_string(i));
    rig.Settle();
  }
  EXPECT_THAT(fast->Texts(), SizeIs(30));
  EXPECT_EQ(rig.Present("chat"), 1U);
  EXPECT_EQ(rig.metrics().sessions_slow.value(), 1);
  slow->writable = RecordedConnection::kUnlimited;
  kOnShard.AssertHeld();
  rig.hub().OnWritable(*slow->session);
  rig.Settle();
  EXPECT_THAT(slow->Texts(), IsEmpty());  // what was queued went with the session
  EXPECT_EQ(slow->CloseCode(), 3008);
}

TEST(HubLimitsTest, QueueIsBoundedInBytesToo) {
  HubRig rig(1, {.outbound = {.max_bytes = 10000, .max_frames = 1000}});
  const auto slow = rig.Connect({.user = "slow", .rooms = {"chat"}});
  slow->writable = 0;
  const std::string content = "\"" + std::string(3000, 'x') + "\"";
  for (int i = 0; i < 3; ++i) rig.Publish("chat", content);
  rig.Settle();
  EXPECT_EQ(rig.metrics().sessions_slow.value(), 0);
  EXPECT_LE(slow->session->outbound.bytes(), 10000U);
  rig.Publish("chat", content);
  rig.Settle();
  EXPECT_EQ(rig.metrics().sessions_slow.value(), 1);
}

// A frame that would fit again must not follow one that did not: the client would miss one unseen.
TEST(HubLimitsTest, NothingIsQueuedAfterAFrameThatDidNotFit) {
  HubRig rig(1, {.outbound = {.max_bytes = 5000, .max_frames = 1000}});
  const auto slow = rig.Connect({.user = "slow", .rooms = {"chat"}});
  slow->writable = 0;
  rig.Publish("chat", "\"" + std::string(6000, 'x') + "\"");
  rig.Publish("chat", "1");
  EXPECT_TRUE(slow->session->outbound.empty());
  EXPECT_EQ(rig.metrics().deliveries_dropped.value(), 2);
}

TEST(HubLimitsTest, BurstThatFitsIsWrittenInOneFlush) {
  HubRig rig;
  const auto alice = rig.Connect({.rooms = {"chat"}});
  const size_t before = alice->flushes;
  for (int i = 0; i < 100; ++i) rig.Publish("chat", "1");
  rig.Settle();
  EXPECT_EQ(alice->flushes - before, 1U);
  EXPECT_THAT(alice->Texts(), SizeIs(100));
}

TEST(HubLimitsTest, FullMemberShardRefusesThePublicationBeforeItHasAnOffset) {
  HubRig rig(2, {}, 128);  // lanes of 64, 16 of them for replies
  const std::string room = rig.RoomAt(1);
  const auto near = rig.Connect({.user = "near", .rooms = {room}}, 1);
  const auto far = rig.Connect({.user = "far", .rooms = {room}}, 0);
  uint64_t last = 0;
  for (int i = 0; i < 48; ++i) last = rig.Publish(room, "1").position.offset;
  ASSERT_EQ(last, 48U);
  const PublishOutcome refused = rig.Publish(room, "2");
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  rig.Settle();
  EXPECT_EQ(rig.Publish(room, "3").position.offset, 49U);
  rig.Settle();
  EXPECT_THAT(near->Texts(), SizeIs(49));
  EXPECT_EQ(near->Texts(), far->Texts());
}

}  // namespace
}  // namespace edge
