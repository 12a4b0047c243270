#include "edge/shard/shard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <set>

#include <boost/asio/post.hpp>

#include "edge/shard/shard_pool.h"
#include "mailbox_hub.h"

namespace edge {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kDeadline(20);
// A shard without deadlines sleeps a second at a time: what took less was woken.
constexpr int64_t kWokenMillis = 500;

class ShardTest : public testing::Test {
 protected:
  static constexpr size_t kShards = 2;

  void Start() {
    for (ShardIndex i = 0; i < kShards; ++i) pool_.at(i).Start(hubs_[i], hubs_[i]);
  }
  ~ShardTest() override { pool_.StopAll(); }

  // Runs `work` on the shard and waits for what it returns.
  template <typename Work>
  auto On(ShardIndex shard, Work work) {
    using Result = decltype(work(hubs_[shard]));
    auto promise = std::make_shared<std::promise<Result>>();
    auto future = promise->get_future();
    const bool posted = pool_.at(shard).PostExternal([promise, work](Hub& hub) mutable {
      if constexpr (std::is_void_v<Result>) {
        work(hub);
        promise->set_value();
      } else {
        promise->set_value(work(hub));
      }
    });
    EXPECT_TRUE(posted);
    return Wait(future);
  }
  template <typename Result>
  static Result Wait(std::future<Result>& future) {
    if (future.wait_for(kDeadline) != std::future_status::ready) {
      ADD_FAILURE() << "the shard did not answer";
      std::abort();
    }
    return future.get();
  }
  static int64_t Now() { return SystemClock().MonotonicMillis(); }

  ShardPool pool_{kShards, 1024, SystemClock()};
  Hub hubs_[kShards];
};

TEST_F(ShardTest, RunsTasksOnItsOwnThread) {
  Start();
  const auto self = [](Hub&) {
    kOnShard.AssertHeld();
    return std::this_thread::get_id();
  };
  const auto first = On(0, self);
  EXPECT_EQ(On(0, self), first);
  EXPECT_NE(On(1, self), first);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST_F(ShardTest, GivesATaskItsHub) {
  Start();
  EXPECT_EQ(On(1, [](Hub& hub) { return &hub; }), &hubs_[1]);
}

TEST_F(ShardTest, APostWakesASleepingShard) {
  Start();
  for (int i = 0; i < 20; ++i) {
    const int64_t begin = Now();
    On(0, [](Hub&) {});
    ASSERT_LT(Now() - begin, kWokenMillis) << i;
  }
}

TEST_F(ShardTest, ShardsAskAndAnswerEachOther) {
  Start();
  auto answered = std::make_shared<std::promise<int64_t>>();
  auto future = answered->get_future();
  const int64_t begin = Now();
  On(0, [this, answered](Hub&) {
    const bool posted = pool_.at(0).Post(1, [this, answered](Hub& there) {
      EXPECT_EQ(&there, &hubs_[1]);
      pool_.at(1).PostReply(0, [this, answered](Hub& here) {
        EXPECT_EQ(&here, &hubs_[0]);
        answered->set_value(Now());
      });
    });
    EXPECT_TRUE(posted);
  });
  EXPECT_LT(Wait(future) - begin, kWokenMillis);
}

TEST_F(ShardTest, KnowsHowManyPostsAnotherTakes) {
  Start();
  const size_t posted = On(0, [this](Hub&) {
    // The other does not drain meanwhile: it waits in a task of its own.
    std::promise<void> go;
    pool_.at(0).Post(1, [waits = go.get_future().share()](Hub&) { waits.wait(); });
    const size_t free = pool_.at(0).FreeTo(1);
    size_t taken = 0;
    while (pool_.at(0).Post(1, [](Hub&) {})) ++taken;
    go.set_value();
    EXPECT_GE(taken, free);
    EXPECT_LE(taken, free + 1);  // the waiting task's own place
    return taken;
  });
  EXPECT_GT(posted, 0U);
}

TEST_F(ShardTest, EndsTheTurnAfterItsTasks) {
  Start();
  const int turn = On(0, [](Hub& hub) { return hub.turns; });
  // A task that comes while others run is still of their turn; they do not follow for ever.
  while (On(0, [](Hub& hub) { return hub.turns; }) == turn) {
  }
}

TEST_F(ShardTest, TasksOfOneTurnShareItsEnd) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(
        pool_.at(0).PostExternal([](Hub& hub) { hub.log.push_back(std::to_string(hub.turns)); }));
  }
  Start();
  const std::vector<std::string> turns = On(0, [](Hub& hub) { return hub.log; });
  EXPECT_EQ(std::set<std::string>(turns.begin(), turns.end()).size(), 1U);
}

TEST_F(ShardTest, DoesNotSleepWhileSomethingIsDeferred) {
  Start();
  const int64_t begin = Now();
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  On(0, [done](Hub& hub) {
    hub.deferred_turns = 50;
    hub.on_end_of_turn = [&hub, done] {
      if (hub.deferred_turns == 1) done->set_value();
    };
  });
  Wait(future);
  EXPECT_LT(Now() - begin, 5000);  // fifty sleeps would be fifty seconds
}

TEST_F(ShardTest, TheTimeStandsStillWithinATurn) {
  Start();
  const bool same = On(0, [this](Hub&) {
    const int64_t before = pool_.at(0).now_millis();
    const int64_t begin = Now();
    while (Now() < begin + 20) {
    }
    return pool_.at(0).now_millis() == before;
  });
  EXPECT_TRUE(same);
  const int64_t now = On(0, [this](Hub&) { return pool_.at(0).now_millis(); });
  EXPECT_NEAR(static_cast<double>(now), static_cast<double>(Now()), 1000);
  const int64_t unix_now = On(0, [this](Hub&) { return pool_.at(0).unix_millis(); });
  EXPECT_NEAR(static_cast<double>(unix_now), static_cast<double>(SystemClock().UnixMillis()), 5000);
}

TEST_F(ShardTest, TurnsItsWheel) {
  Start();
  auto fired = std::make_shared<std::promise<int64_t>>();
  auto future = fired->get_future();
  WheelNode node;
  const int64_t due = On(0, [&](Hub& hub) {
    hub.on_wheel_node = [&, fired](WheelNode& which) {
      kOnShard.AssertHeld();
      EXPECT_EQ(&which, &node);
      EXPECT_FALSE(which.scheduled());
      fired->set_value(pool_.at(0).now_millis());
    };
    const int64_t at = pool_.at(0).now_millis() + 150;
    pool_.at(0).wheel().Schedule(node, at);
    return at;
  });
  EXPECT_GE(Wait(future), due);
}

TEST_F(ShardTest, TellsTargetsOfItsPoller) {
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
  struct Target final : PollTarget {
    void OnReady(uint32_t) override {
      kOnShard.AssertHeld();
      char byte;
      if (::read(fd, &byte, 1) == 1) ready.set_value(SystemClock().MonotonicMillis());
    }
    int fd = -1;
    std::promise<int64_t> ready;
  } target;
  target.fd = pipe[0];
  auto future = target.ready.get_future();
  Start();
  ASSERT_TRUE(On(0, [&](Hub&) { return pool_.at(0).poller().Add(pipe[0], target, EPOLLIN); }));
  const int64_t begin = Now();
  ASSERT_EQ(::write(pipe[1], "x", 1), 1);
  EXPECT_LT(Wait(future) - begin, kWokenMillis);
  On(0, [&](Hub&) { pool_.at(0).poller().Remove(pipe[0], target); });
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(ShardTest, RunsAsiosHandlersOnItsThread) {
  Start();
  auto done = std::make_shared<std::promise<int64_t>>();
  auto future = done->get_future();
  const int64_t begin = Now();
  boost::asio::post(pool_.at(1).io(), [done] {
    kOnShard.AssertHeld();
    done->set_value(Now());
  });
  EXPECT_LT(Wait(future) - begin, kWokenMillis);
}

TEST_F(ShardTest, HasScratchToReadInto) {
  EXPECT_EQ(pool_.at(0).scratch().size(), Shard::kScratchSize);
  EXPECT_NE(pool_.at(0).scratch().data(), pool_.at(1).scratch().data());
}

TEST_F(ShardTest, StopRunsWhatWasPostedBefore) {
  std::atomic<int> ran = 0;
  Start();
  On(0, [](Hub&) {});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool_.at(0).PostExternal([&](Hub&) { ++ran; }));
  pool_.at(0).Stop();
  EXPECT_EQ(ran, 1000);
}

TEST_F(ShardTest, StopEndsTheTurnOfWhatItRan) {
  Start();
  On(0, [](Hub&) {});
  std::atomic<bool> task_ran = false;
  std::atomic<bool> turn_ended = false;
  On(0, [&](Hub& hub) {
    hub.on_end_of_turn = [&] {
      if (task_ran) turn_ended = true;
    };
  });
  ASSERT_TRUE(pool_.at(0).PostExternal([&](Hub&) { task_ran = true; }));
  pool_.at(0).Stop();
  EXPECT_TRUE(turn_ended);
}

TEST_F(ShardTest, StopDoesNotWaitForASleepToEnd) {
  Start();
  On(0, [](Hub&) {});
  const int64_t begin = Now();
  pool_.at(0).Stop();
  EXPECT_LT(Now() - begin, kWokenMillis);
}

TEST_F(ShardTest, StopMayComeTwiceAndWithoutAStart) {
  pool_.at(0).Stop();
  Start();
  pool_.StopAll();
  pool_.StopAll();
}

TEST_F(ShardTest, WhatIsPostedAfterStopIsFreedUnrun) {
  const auto held = std::make_shared<int>(0);
  {
    ShardPool pool(1, 1024, SystemClock());
    Hub hub;
    pool.at(0).Start(hub, hub);
    pool.at(0).Stop();
    EXPECT_TRUE(pool.at(0).PostExternal([held](Hub&) { FAIL(); }));
  }
  EXPECT_EQ(held.use_count(), 1);
}

// Two shards that keep each other busy: every answer comes, whatever the other is doing.
TEST_F(ShardTest, ManyQuestionsAndAnswersBothWays) {
  constexpr int kRounds = 20000;
  std::promise<void> done[kShards];
  // Asks as often as the other's lane has a place for the answer; the next with each answer.
  struct Asker {
    ShardPool& pool;
    ShardIndex from;
    ShardIndex to;
    std::promise<void>& done;
    int asked = 0;
    int answered = 0;

    void Ask() {
      while (asked < kRounds &&
             static_cast<size_t>(asked - answered) < pool.at(from).reply_reserve() &&
             pool.at(from).Post(
                 to, [this](Hub&) { pool.at(to).PostReply(from, [this](Hub&) { OnAnswer(); }); })) {
        ++asked;
      }
    }
    void OnAnswer() {
      if (++answered == kRounds) return done.set_value();
      Ask();
    }
  };
  Asker askers[kShards] = {{pool_, 0, 1, done[0]}, {pool_, 1, 0, done[1]}};
  Start();
  On(0, [&](Hub&) { askers[0].Ask(); });
  On(1, [&](Hub&) { askers[1].Ask(); });
  for (std::promise<void>& each : done) {
    auto future = each.get_future();
    Wait(future);
  }
  pool_.StopAll();
  EXPECT_EQ(askers[0].answered, kRounds);
  EXPECT_EQ(askers[1].answered, kRounds);
}

}  // namespace
}  // namespace edge
