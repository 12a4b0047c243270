// Pings, silence, unfinished messages, expired tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

size_t Pings(const HubRig::Connection& connection) {
  size_t pings = 0;
  for (const auto& message : connection->Messages())
    pings += message.opcode == Opcode::kPing ? 1 : 0;
  return pings;
}

class HubHeartbeatTest : public testing::Test {
 protected:
  void Hear(const HubRig::Connection& connection) {
    kOnShard.AssertHeld();
    rig.hub().OnHeard(*connection->session, 6);
  }
  // Until the next ping; how long that took.
  int64_t AdvanceToPing(const HubRig::Connection& connection) {
    const size_t before = Pings(connection);
    int64_t waited = 0;
    while (Pings(connection) == before && waited < 60000) {
      rig.Advance(TimingWheel::kTickMillis);
      waited += TimingWheel::kTickMillis;
    }
    return waited;
  }

  HubRig rig;
};

TEST_F(HubHeartbeatTest, FirstPingsComeSpreadOverTheSecondHalfOfTheInterval) {
  std::vector<HubRig::Connection> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(rig.Connect({.user = std::to_string(i)}));
  const auto pinged = [&] {
    return std::ranges::count_if(clients, [](const auto& client) { return Pings(client) > 0; });
  };
  rig.Advance(12400);
  EXPECT_EQ(pinged(), 0);
  rig.Advance(6200);
  EXPECT_GT(pinged(), 40);
  EXPECT_LT(pinged(), 160);
  rig.Advance(6600);
  EXPECT_EQ(pinged(), 200);
}

TEST_F(HubHeartbeatTest, ClientThatAnswersIsPingedEveryInterval) {
  const auto alice = rig.Connect({});
  AdvanceToPing(alice);
  for (int i = 0; i < 3; ++i) {
    Hear(alice);
    const int64_t waited = AdvanceToPing(alice);
    EXPECT_GE(waited, 24900);
    EXPECT_LE(waited, 25200);
  }
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST_F(HubHeartbeatTest, SilentClientIsClosedAfterThePongTimeoutAndLeavesItsRooms) {
  const auto alice = rig.Connect({.rooms = {"chat"}});
  AdvanceToPing(alice);
  rig.Advance(7800);
  EXPECT_EQ(alice->CloseCode(), 0);
  EXPECT_EQ(rig.Present("chat"), 1U);
  rig.Advance(400);
  EXPECT_EQ(alice->CloseCode(), 3012);
  EXPECT_EQ(rig.Present("chat"), 0U);
  EXPECT_EQ(rig.metrics().sessions_timed_out.value(), 1);
}

TEST_F(HubHeartbeatTest, AnythingHeardAfterThePingCounts) {
  const auto alice = rig.Connect({});
  AdvanceToPing(alice);
  rig.Advance(7800);
  Hear(alice);
  rig.Advance(1000);
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST_F(HubHeartbeatTest, PingGoesBeforeWholeFramesThatWait) {
  const auto alice = rig.Connect({.rooms = {"chat"}});
  alice->writable = 4;  // the socket fills in the middle of the first frame
  rig.Publish("chat", "1");
  rig.Publish("chat", "2");
  while (!alice->session->ping_open) rig.Advance(TimingWheel::kTickMillis);
  alice->writable = RecordedConnection::kUnlimited;
  kOnShard.AssertHeld();
  rig.hub().OnWritable(*alice->session);
  rig.Settle();
  ASSERT_EQ(alice->Messages().size(), 3U);
  EXPECT_EQ(alice->Messages()[0].opcode, Opcode::kText);
  EXPECT_EQ(alice->Messages()[1].opcode, Opcode::kPing);
  EXPECT_EQ(alice->Messages()[2].opcode, Opcode::kText);
}

TEST_F(HubHeartbeatTest, MessageThatIsNotFinishedInTimeClosesTheSession) {
  const auto alice = rig.Connect({});
  alice->message_began_millis = rig.clock().MonotonicMillis();
  for (int second = 0; second < 29; ++second) {
    Hear(alice);  // it drips, so the client is not silent
    rig.Advance(1000);
  }
  EXPECT_EQ(alice->CloseCode(), 0);
  Hear(alice);
  rig.Advance(1200);
  EXPECT_EQ(alice->CloseCode(), 3501);
}

TEST_F(HubHeartbeatTest, ExpiredTokenClosesAfterTheGracePeriod) {
  const auto alice =
      rig.Connect({.rooms = {"chat"}, .expires_at_millis = rig.clock().UnixMillis() + 5000});
  for (int second = 0; second < 29; ++second) {
    Hear(alice);
    rig.Advance(1000);
  }
  rig.Advance(900);
  EXPECT_EQ(alice->CloseCode(), 0);
  rig.Advance(300);
  EXPECT_EQ(alice->CloseCode(), 3005);
  EXPECT_EQ(rig.Present("chat"), 0U);
}

TEST_F(HubHeartbeatTest, RefreshInTheGracePeriodKeepsTheSession) {
  const auto alice = rig.Connect({.expires_at_millis = rig.clock().UnixMillis() + 5000});
  rig.Advance(20000);
  rig.Say(alice, R"({"type":"refresh","id":1,"token":")" +
                     TokenOf("alice", rig.clock().UnixMillis()) + "\"}");
  EXPECT_EQ(JsonField(alice->Texts().back(), "type"), "\"refresh\"");
  for (int i = 0; i < 60; ++i) {
    Hear(alice);
    rig.Advance(1000);
  }
  EXPECT_EQ(alice->CloseCode(), 0);
}

TEST_F(HubHeartbeatTest, TokenExpiresByTheWallClockWhenThatIsSetBack) {
  const auto alice = rig.Connect({.expires_at_millis = rig.clock().UnixMillis() + 60000});
  rig.clock().SetUnixMillis(rig.clock().UnixMillis() - 30000);
  for (int i = 0; i < 100; ++i) {
    Hear(alice);
    rig.Advance(1000);
  }
  EXPECT_EQ(alice->CloseCode(), 0);
  for (int i = 0; i < 20; ++i) {
    Hear(alice);
    rig.Advance(1000);
  }
  EXPECT_EQ(alice->CloseCode(), 3005);
}

}  // namespace
}  // namespace edge
