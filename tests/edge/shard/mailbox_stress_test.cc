// The mailbox under real threads: nothing is lost, doubled or overtaken, and no shard sleeps
// through a post. TSan runs these too.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "edge/base/random.h"
#include "edge/shard/mailbox.h"
#include "mailbox_hub.h"

namespace edge {
namespace {

constexpr int kLostAfterMillis = 20000;  // a wake-up that takes so long is none

// Drains as a shard does, until `done` says so; false when it slept for too long.
template <typename Done>
bool Consume(Mailbox& mailbox, WakeFd& wake, Hub& hub, Done done) {
  while (!done()) {
    if (mailbox.Drain(64, hub) > 0 || !mailbox.PrepareSleep()) continue;
    pollfd waits{.fd = wake.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waits, 1, kLostAfterMillis);
    mailbox.AwakeAgain();
    if (ready <= 0) return false;
    wake.TakeCount();
  }
  return true;
}

class MailboxStressTest : public testing::Test {
 protected:
  static constexpr int kShards = 3;
  static constexpr int kOthers = 2;
  static constexpr int kProducers = kShards + kOthers;
  static constexpr int kTasks = 20000;

  // Posts one task of the producer, waiting while its lane is full.
  void PostOne(int producer, int number) {
    const auto task = [this, producer, number](Hub&) {
      in_order_ = in_order_ && next_[producer] == number;
      next_[producer] = number + 1;
      ++ran_;
    };
    const auto post = [&] {
      return producer < kShards ? mailbox_.PostFromShard(static_cast<ShardIndex>(producer), task)
                                : mailbox_.PostExternal(task);
    };
    while (!post()) std::this_thread::yield();
  }

  WakeFd wake_;
  Mailbox mailbox_{kShards, 256, wake_.get()};
  Hub hub_;
  // The consumer's.
  int next_[kProducers] = {};
  bool in_order_ = true;
  int ran_ = 0;
};

TEST_F(MailboxStressTest, EveryTaskRunsOnceAndInOrder) {
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([this, producer] {
      for (int number = 0; number < kTasks; ++number) PostOne(producer, number);
    });
  }
  const bool woken = Consume(mailbox_, wake_, hub_, [&] { return ran_ == kProducers * kTasks; });
  EXPECT_TRUE(woken) << "slept through a post after " << ran_ << " tasks";
  if (!woken) std::abort();  // producers wait for room that nobody makes
  for (std::thread& producer : producers) producer.join();
  EXPECT_TRUE(in_order_);
  EXPECT_EQ(mailbox_.Drain(1, hub_), 0U);
}

// One task at a time, and the next a random moment after the last has run: posts come at every
// point between a shard's last look and its sleep.
TEST_F(MailboxStressTest, NoPostIsSleptThrough) {
  std::atomic<int> answered = 0;
  std::thread producer([&] {
    FastRandom random(3);
    for (int number = 0; number < kTasks; ++number) {
      const auto task = [&answered, this](Hub&) {
        ++ran_;
        answered.fetch_add(1, std::memory_order_release);
      };
      const bool posted =
          number % 2 == 0 ? mailbox_.PostFromShard(0, task) : mailbox_.PostExternal(task);
      ASSERT_TRUE(posted);
      // Spins, since what is to be met takes some ten nanoseconds; yields when it is alone on a
      // core.
      for (int spins = 0; answered.load(std::memory_order_acquire) <= number; ++spins) {
        if (spins > 2000) std::this_thread::yield();
      }
      for (uint64_t wait = random.Below(300); wait > 0; --wait)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  });
  const bool woken = Consume(mailbox_, wake_, hub_, [&] { return ran_ == kTasks; });
  EXPECT_TRUE(woken) << "slept through post " << ran_;
  if (!woken) std::abort();
  producer.join();
}

// What the producer sees free it can use, whatever the consumer does meanwhile.
TEST_F(MailboxStressTest, WhatWasFreeIsTaken) {
  std::atomic<bool> finished = false;
  std::thread producer([&] {
    int posted = 0;
    while (posted < kTasks) {
      for (size_t free = mailbox_.FreeFrom(1); free > 0; --free, ++posted) {
        ASSERT_TRUE(mailbox_.PostFromShard(1, [this](Hub&) { ++ran_; }));
      }
    }
    // The consumer's last look: an empty task of another way in.
    ASSERT_TRUE(mailbox_.PostExternal([&](Hub&) { finished = true; }));
  });
  EXPECT_TRUE(Consume(mailbox_, wake_, hub_, [&] { return finished.load(); }));
  producer.join();
  while (mailbox_.Drain(1024, hub_) > 0) {
  }
  EXPECT_GE(ran_, kTasks);
}

}  // namespace
}  // namespace edge
