#include "edge/session/session_table.h"

#include <gtest/gtest.h>

#include <set>

#include "edge/base/random.h"
#include "frames.h"
#include "tests/support/recording_transport.h"

namespace edge {
namespace {

TEST(SessionTableTest, AddGivesAFreshSession) {
  SessionTable table(3);
  Session& session = table.Add();
  EXPECT_EQ(session.state, SessionState::kAdmitting);
  EXPECT_EQ(session.shard, 3);
  EXPECT_EQ(session.slot, 0U);
  EXPECT_EQ(session.timer.slot, 0U);
  ASSERT_NE(session.details, nullptr);
  EXPECT_EQ(session.transport, nullptr);
  EXPECT_TRUE(session.live());
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.slot_bound(), 1U);
}

TEST(SessionTableTest, FindsByHandle) {
  SessionTable table(3);
  Session& first = table.Add();
  Session& second = table.Add();
  EXPECT_EQ(table.Find(first.handle()), &first);
  EXPECT_EQ(table.Find(second.handle()), &second);
  EXPECT_EQ(&table.At(1), &second);
}

TEST(SessionTableTest, DoesNotFindWhatNeverWas) {
  SessionTable table(3);
  const SessionHandle handle = table.Add().handle();
  EXPECT_EQ(table.Find({3, handle.slot + 1, handle.generation}), nullptr);
  EXPECT_EQ(table.Find({3, handle.slot, handle.generation + 1}), nullptr);
  EXPECT_EQ(table.Find({3, 0xffffffff, 1}), nullptr);
  EXPECT_EQ(table.Find({}), nullptr);
}

TEST(SessionTableTest, DoesNotFindTheSessionOfAnotherShard) {
  SessionTable table(3);
  const SessionHandle handle = table.Add().handle();
  EXPECT_EQ(table.Find({2, handle.slot, handle.generation}), nullptr);
}

TEST(SessionTableTest, AStaleHandleFindsNothing) {
  SessionTable table(0);
  Session& session = table.Add();
  const SessionHandle old = session.handle();
  table.Remove(session);
  EXPECT_EQ(table.Find(old), nullptr);
  Session& next = table.Add();
  EXPECT_EQ(next.slot, old.slot);  // the slot is used again
  EXPECT_EQ(table.Find(old), nullptr);
  EXPECT_EQ(table.Find(next.handle()), &next);
}

TEST(SessionTableTest, RemoveFreesAllThatTheSessionHeld) {
  SessionTable table(0);
  const auto connection = std::make_shared<RecordedConnection>();
  Session& session = table.Add();
  session.transport = std::make_unique<RecordingTransport>(connection);
  session.outbound.PushLast(*FrameOf("waiting"));
  table.Remove(session);
  EXPECT_TRUE(connection->destroyed);
  EXPECT_EQ(session.details, nullptr);
  EXPECT_TRUE(session.outbound.empty());
  EXPECT_EQ(session.state, SessionState::kFree);
  EXPECT_FALSE(session.live());
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.slot_bound(), 1U);
}

TEST(SessionTableTest, AUsedSlotComesBackWithoutItsPast) {
  SessionTable table(0);
  Session& old = table.Add();
  old.state = SessionState::kClosing;
  old.close_queued = old.ping_open = old.peer_closed = true;
  old.timer_due_millis = old.heard_millis = old.ping_millis = old.deadline_millis = 99;
  old.user_next = old.user_prev = 5;
  old.details->identity.user = UserId("alice");
  table.Remove(old);
  const Session& session = table.Add();
  EXPECT_FALSE(session.close_queued || session.ping_open || session.peer_closed || session.dirty);
  EXPECT_EQ(session.timer_due_millis + session.heard_millis + session.ping_millis +
                session.deadline_millis,
            0);
  EXPECT_EQ(session.user_next, Session::kNoSlot);
  EXPECT_EQ(session.user_prev, Session::kNoSlot);
  EXPECT_TRUE(session.user().empty());
  EXPECT_EQ(session.state, SessionState::kAdmitting);
}

TEST(SessionTableTest, SessionsNeverMove) {
  SessionTable table(0);
  Session& first = table.Add();
  for (int i = 0; i < 2000; ++i) table.Add();
  EXPECT_EQ(&table.At(0), &first);
  EXPECT_EQ(table.size(), 2001U);
  EXPECT_EQ(table.slot_bound(), 2001U);
}

TEST(SessionTableTest, RandomComingsAndGoingsKeepHandlesExact) {
  SessionTable table(1);
  FastRandom random(11);
  std::vector<Session*> live;
  std::vector<SessionHandle> gone;
  std::set<std::pair<uint32_t, uint32_t>> handed_out;
  for (int i = 0; i < 20000; ++i) {
    if (live.empty() || random.Below(100) < (i / 2000 % 2 == 0 ? 60U : 40U)) {
      live.push_back(&table.Add());
      const SessionHandle handle = live.back()->handle();
      ASSERT_TRUE(handed_out.emplace(handle.slot, handle.generation).second) << "a handle twice";
    } else {
      const size_t at = random.Below(live.size());
      gone.push_back(live[at]->handle());
      table.Remove(*live[at]);
      live.erase(live.begin() + static_cast<ptrdiff_t>(at));
    }
    ASSERT_EQ(table.size(), live.size());
    if (!live.empty()) {
      Session* const any = live[random.Below(live.size())];
      ASSERT_EQ(table.Find(any->handle()), any);
    }
    if (!gone.empty()) {
      ASSERT_EQ(table.Find(gone[random.Below(gone.size())]), nullptr);
    }
  }
}

}  // namespace
}  // namespace edge
