// What goes before a Close, and that nothing goes after it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class HubCloseTest : public testing::Test {
 protected:
  void Close(uint16_t code, Hub::CloseMode mode) {
    kOnShard.AssertHeld();
    rig.hub().Close(*alice->session, code, "", LeaveReason::kKicked, mode);
  }
  void PeerCloses(uint16_t code) {
    kOnShard.AssertHeld();
    rig.hub().OnPeerClose(*alice->session, code);
  }
  void Unblock() {
    kOnShard.AssertHeld();
    alice->writable = RecordedConnection::kUnlimited;
    rig.hub().OnWritable(*alice->session);
    rig.Settle();
  }

  HubRig rig{1, {.close_timeout_millis = 5000}};
  HubRig::Connection alice = rig.Connect({.user = "alice", .rooms = {"chat"}});
};

TEST_F(HubCloseTest, KickDropsWhatIsQueued) {
  rig.Publish("chat", "1");
  Close(3503, Hub::CloseMode::kNow);
  rig.Settle();
  EXPECT_THAT(alice->Texts(), IsEmpty());
  EXPECT_EQ(alice->CloseCode(), 3503);
  EXPECT_TRUE(alice->close_sent);
}

TEST_F(HubCloseTest, KickLetsAFrameThatIsHalfWrittenEnd) {
  alice->writable = 5;
  rig.Publish("chat", "1");
  rig.Publish("chat", "2");
  rig.Settle();
  Close(3503, Hub::CloseMode::kNow);
  Unblock();
  ASSERT_THAT(alice->Messages(), SizeIs(2));
  EXPECT_EQ(JsonField(alice->Messages()[0].payload, "offset"), "1");
  EXPECT_EQ(alice->CloseCode(), 3503);
}

TEST_F(HubCloseTest, KickBeforeTheFirstFlushStillOpensTheConnection) {
  const auto bob = rig.Admit({.user = "bob", .rooms = {"chat"}});
  rig.Kick(bob);
  rig.Settle();
  EXPECT_TRUE(bob->bytes.starts_with(RecordedConnection::kOpening));
  EXPECT_EQ(bob->CloseCode(), 3503);
}

TEST_F(HubCloseTest, DrainLetsWhatIsQueuedGoFirst) {
  rig.Publish("chat", "1");
  Close(3001, Hub::CloseMode::kAfterQueued);
  rig.Settle();
  ASSERT_THAT(alice->Messages(), SizeIs(2));
  EXPECT_EQ(alice->Messages()[0].opcode, Opcode::kText);
  EXPECT_EQ(alice->CloseCode(), 3001);
}

TEST_F(HubCloseTest, PeersCloseIsEchoedAfterWhatIsQueuedAndEndsTheConnection) {
  rig.Publish("chat", "1");
  PeerCloses(1000);
  rig.Settle();
  ASSERT_THAT(alice->Messages(), SizeIs(2));
  EXPECT_EQ(alice->CloseCode(), 1000);
  EXPECT_TRUE(alice->destroyed);
}

TEST_F(HubCloseTest, NothingFollowsAClose) {
  const auto bob = rig.Connect({.user = "bob", .rooms = {"chat"}});
  Close(3503, Hub::CloseMode::kNow);
  rig.Publish("chat", "1");
  rig.Send(alice, R"({"type":"ping","id":1})");
  rig.Send(alice, "nonsense");
  Close(3001, Hub::CloseMode::kAfterQueued);
  rig.Settle();
  EXPECT_THAT(alice->Messages(), SizeIs(1));
  EXPECT_EQ(alice->CloseCode(), 3503);
  EXPECT_THAT(bob->Texts(), SizeIs(1));
}

// The joins that a Close cancels are not answered: a failed answer could close a second time.
TEST_F(HubCloseTest, CloseWithJoinsPendingSendsOneClose) {
  HubRig two(2, {.max_errors = 1});
  const auto carol = two.Connect({.user = "carol"});
  for (const char* prefix : {"a", "b", "c"}) {
    two.Send(carol, R"({"type":"join","room":")" + two.RoomAt(1, prefix) + "\"}");
  }
  kOnShard.AssertHeld();
  two.hub().Close(*carol->session, 3001, "", LeaveReason::kDrained, Hub::CloseMode::kAfterQueued);
  two.Settle();
  EXPECT_THAT(carol->Messages(), SizeIs(1));
  EXPECT_EQ(carol->CloseCode(), 3001);
  EXPECT_EQ(two.metrics().sessions_closed.value(), 1);
  EXPECT_EQ(two.metrics().sessions.value(), 0);
}

TEST_F(HubCloseTest, ClosedSessionLeavesItsRoomsInTheSameTurn) {
  Close(3503, Hub::CloseMode::kNow);
  EXPECT_EQ(rig.Present("chat"), 0U);
  EXPECT_EQ(rig.Publish("chat", "1").position.offset, 0U);
  kOnShard.AssertHeld();
  EXPECT_EQ(rig.hub().Find(alice->session->handle()), nullptr);
  EXPECT_EQ(rig.hub().user_count(), 0U);
}

TEST_F(HubCloseTest, ConnectionWhosePeerDoesNotAnswerIsCutAfterTheTimeout) {
  Close(3503, Hub::CloseMode::kNow);
  rig.Advance(4900);
  EXPECT_FALSE(alice->destroyed);
  rig.Advance(300);
  EXPECT_TRUE(alice->destroyed);
}

TEST_F(HubCloseTest, ConnectionThatTakesNoBytesIsCutAfterTheTimeout) {
  alice->writable = 0;
  rig.Publish("chat", "1");
  rig.Settle();
  Close(3001, Hub::CloseMode::kAfterQueued);
  rig.Advance(5200);
  EXPECT_TRUE(alice->destroyed);
}

TEST_F(HubCloseTest, PeersCloseAfterOursEndsTheConnection) {
  Close(3503, Hub::CloseMode::kNow);
  rig.Settle();
  ASSERT_FALSE(alice->destroyed);
  PeerCloses(3503);
  rig.Settle();
  EXPECT_TRUE(alice->destroyed);
  EXPECT_THAT(alice->Messages(), SizeIs(1));
}

TEST_F(HubCloseTest, FailedWriteEndsTheSessionOnce) {
  const auto bob = rig.Connect({.user = "bob", .rooms = {"chat"}});
  alice->fail = true;
  rig.Publish("chat", "1");
  rig.Settle();
  EXPECT_TRUE(alice->destroyed);
  EXPECT_EQ(rig.metrics().sessions_closed.value(), 1);
  EXPECT_EQ(rig.Present("chat"), 1U);
  EXPECT_THAT(bob->Texts(), SizeIs(1));
}

TEST_F(HubCloseTest, OldHandleAndIdFindNothingWhenTheSlotIsUsedAgain) {
  kOnShard.AssertHeld();
  const SessionHandle handle = alice->session->handle();
  const ConnectionId id = rig.hub().IdOf(*alice->session);
  rig.Lose(alice);
  rig.Settle();
  const auto bob = rig.Connect({.user = "bob"});
  ASSERT_EQ(bob->session->slot, handle.slot);
  EXPECT_EQ(rig.hub().Find(handle), nullptr);
  EXPECT_EQ(rig.hub().FindConnection(id), nullptr);
  EXPECT_NE(rig.hub().FindConnection(rig.hub().IdOf(*bob->session)), nullptr);
}

TEST_F(HubCloseTest, IdOfAnotherLifeOfTheNodeFindsNothing) {
  kOnShard.AssertHeld();
  ConnectionId id = rig.hub().IdOf(*alice->session);
  ++id.nonce;
  EXPECT_EQ(rig.hub().FindConnection(id), nullptr);
}

}  // namespace
}  // namespace edge
