#include "control/presence_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;

const edge::ConnectionId kConnection{1, 2, 3, 4, 5};

TEST(GetPresenceTest, OfUsers) {
  ControlRig rig;
  edge::PresencePage page;
  page.user_count = 10;
  page.connection_count = 12;
  page.users.push_back({edge::UserId("alice"), 2, R"({"n":1})", 1'700'000'000'001});
  page.next_token = "next";
  rig.node.get_presence.Answer(page);
  v1::GetPresenceRequest request;
  request.set_room("chat:1");
  request.set_page_size(1);
  request.set_page_token("token");
  v1::GetPresenceResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetPresence(&context, request, &response).ok());
  const edge::PresenceQuery query = rig.node.get_presence.only();
  EXPECT_EQ(query.room, edge::RoomName("chat:1"));
  EXPECT_EQ(query.detail, edge::PresenceDetail::kUsers);
  EXPECT_EQ(query.page.size, 1u);
  EXPECT_EQ(query.page.token, "token");
  EXPECT_EQ(response.user_count(), 10u);
  EXPECT_EQ(response.connection_count(), 12u);
  ASSERT_EQ(response.users_size(), 1);
  EXPECT_EQ(response.users(0).user(), "alice");
  EXPECT_EQ(response.users(0).connections(), 2u);
  EXPECT_EQ(response.users(0).info(), R"({"n":1})");
  EXPECT_EQ(response.users(0).joined().seconds(), 1'700'000'000);
  EXPECT_EQ(response.users(0).joined().nanos(), 1'000'000);
  EXPECT_EQ(response.next_page_token(), "next");
}

TEST(GetPresenceTest, OfConnections) {
  ControlRig rig;
  edge::PresencePage page;
  page.connections.push_back({kConnection, edge::UserId("alice"), "7", 1000});
  rig.node.get_presence.Answer(page);
  v1::GetPresenceRequest request;
  request.set_room("a");
  request.set_view(v1::PRESENCE_VIEW_CONNECTIONS);
  v1::GetPresenceResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetPresence(&context, request, &response).ok());
  EXPECT_EQ(rig.node.get_presence.only().detail, edge::PresenceDetail::kConnections);
  EXPECT_EQ(rig.node.get_presence.only().page.size, 100u);
  ASSERT_EQ(response.connections_size(), 1);
  EXPECT_EQ(response.connections(0).connection(), kConnection.ToString());
  EXPECT_EQ(response.connections(0).user(), "alice");
  EXPECT_EQ(response.connections(0).info(), "7");
  EXPECT_EQ(response.connections(0).joined().seconds(), 1);
}

TEST(GetPresenceTest, OfCounts) {
  ControlRig rig;
  ASSERT_TRUE(rig.CallJson("GetPresence", R"({"room":"a","view":"PRESENCE_VIEW_COUNTS"})").ok());
  EXPECT_EQ(rig.node.get_presence.only().detail, edge::PresenceDetail::kCounts);
}

TEST(GetPresenceStatsTest, InTheRequestsOrder) {
  ControlRig rig;
  rig.node.get_presence_stats.Answer(std::vector<edge::PresenceStats>{{1, 2}, {}});
  v1::GetPresenceStatsRequest request;
  request.add_rooms("b");
  request.add_rooms("a");
  v1::GetPresenceStatsResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetPresenceStats(&context, request, &response).ok());
  EXPECT_THAT(rig.node.get_presence_stats.only(),
              ElementsAre(edge::RoomName("b"), edge::RoomName("a")));
  ASSERT_EQ(response.stats_size(), 2);
  EXPECT_EQ(response.stats(0).room(), "b");
  EXPECT_EQ(response.stats(0).users(), 1u);
  EXPECT_EQ(response.stats(0).connections(), 2u);
  EXPECT_EQ(response.stats(1).room(), "a");
  EXPECT_EQ(response.stats(1).connections(), 0u);
}

edge::PresenceEvent EventOf(edge::PresenceEvent::Kind kind) {
  edge::PresenceEvent event;
  event.kind = kind;
  event.room = edge::RoomName("a");
  event.sequence = 9;
  event.unix_millis = 2500;
  event.connections.push_back({kConnection, edge::UserId("alice"), "7", 1000});
  return event;
}

TEST(PresenceEventTest, OfASnapshot) {
  edge::PresenceEvent event = EventOf(edge::PresenceEvent::Kind::kSnapshot);
  event.connections.push_back({kConnection, edge::UserId("bob"), "", 0});
  event.more = true;
  event.stats = {5, 6};
  v1::WatchPresenceResponse response;
  WritePresenceEvent(event, 0, response);
  EXPECT_EQ(response.room(), "a");
  EXPECT_EQ(response.sequence(), 9u);
  EXPECT_EQ(response.time().seconds(), 2);
  EXPECT_EQ(response.time().nanos(), 500'000'000);
  ASSERT_EQ(response.snapshot().connections_size(), 2);
  EXPECT_EQ(response.snapshot().connections(1).user(), "bob");
  EXPECT_TRUE(response.snapshot().more());
  EXPECT_EQ(response.snapshot().user_count(), 5u);
  EXPECT_EQ(response.snapshot().connection_count(), 6u);
}

TEST(PresenceEventTest, OfJoinLeaveAndUpdate) {
  edge::PresenceEvent join = EventOf(edge::PresenceEvent::Kind::kJoin);
  join.user_edge = true;
  v1::WatchPresenceResponse joined;
  WritePresenceEvent(join, 0, joined);
  EXPECT_EQ(joined.join().connection().user(), "alice");
  EXPECT_TRUE(joined.join().first_of_user());

  edge::PresenceEvent leave = EventOf(edge::PresenceEvent::Kind::kLeave);
  leave.user_edge = true;
  leave.reason = edge::LeaveReason::kKicked;
  v1::WatchPresenceResponse left;
  WritePresenceEvent(leave, 0, left);
  EXPECT_EQ(left.leave().connection().connection(), kConnection.ToString());
  EXPECT_TRUE(left.leave().last_of_user());
  EXPECT_EQ(left.leave().reason(), v1::LEAVE_REASON_KICKED);

  v1::WatchPresenceResponse updated;
  WritePresenceEvent(EventOf(edge::PresenceEvent::Kind::kUpdate), 0, updated);
  EXPECT_EQ(updated.update().connection().info(), "7");
}

}  // namespace
}  // namespace control
