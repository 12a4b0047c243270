#include "edge/shard/poller.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace edge {
namespace {

class Pipe {
 public:
  Pipe() {
    if (::pipe2(fds_, O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
  }
  ~Pipe() {
    ::close(fds_[0]);
    CloseWriter();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return fds_[0]; }
  int writer() const { return fds_[1]; }
  void Write() {
    if (::write(fds_[1], "x", 1) != 1) std::abort();
  }
  void Read() {
    char byte;
    if (::read(fds_[0], &byte, 1) != 1) std::abort();
  }
  void CloseWriter() {
    if (fds_[1] >= 0) ::close(fds_[1]);
    fds_[1] = -1;
  }

 private:
  int fds_[2];
};

class Target final : public PollTarget {
 public:
  void OnReady(uint32_t events) override {
    ++calls;
    last_events = events;
    if (then) then();
  }
  int calls = 0;
  uint32_t last_events = 0;
  std::function<void()> then;
};

TEST(PollerTest, TellsATargetThatItsDescriptorIsReady) {
  Poller poller;
  Pipe pipe;
  Target target;
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  EXPECT_EQ(poller.PollOnce(), 0U);
  pipe.Write();
  EXPECT_EQ(poller.PollOnce(), 1U);
  EXPECT_EQ(target.calls, 1);
  EXPECT_NE(target.last_events & PollTarget::kReadable, 0U);
  EXPECT_EQ(target.last_events & PollTarget::kWritable, 0U);
}

TEST(PollerTest, TellsAgainUntilItIsRead) {
  Poller poller;
  Pipe pipe;
  Target target;
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  pipe.Write();
  poller.PollOnce();
  poller.PollOnce();
  EXPECT_EQ(target.calls, 2);
  pipe.Read();
  EXPECT_EQ(poller.PollOnce(), 0U);
}

TEST(PollerTest, ModifyChangesWhatIsToldAndToWhom) {
  Poller poller;
  Pipe pipe;
  Target first;
  Target second;
  ASSERT_TRUE(poller.Add(pipe.writer(), first, 0));
  EXPECT_EQ(poller.PollOnce(), 0U);
  poller.Modify(pipe.writer(), first, EPOLLOUT);
  EXPECT_EQ(poller.PollOnce(), 1U);
  EXPECT_NE(first.last_events & PollTarget::kWritable, 0U);
  poller.Modify(pipe.writer(), second, EPOLLOUT);
  poller.PollOnce();
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.calls, 1);
  poller.Modify(pipe.writer(), second, 0);
  EXPECT_EQ(poller.PollOnce(), 0U);
}

TEST(PollerTest, TellsOfTheEndOfThePeer) {
  Poller poller;
  Pipe pipe;
  Target target;
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  pipe.CloseWriter();
  EXPECT_EQ(poller.PollOnce(), 1U);
  EXPECT_NE(target.last_events & PollTarget::kReadable, 0U);
}

TEST(PollerTest, AddSaysWhenTheKernelRefuses) {
  Poller poller;
  Pipe pipe;
  Target target;
  EXPECT_FALSE(poller.Add(-1, target, EPOLLIN));
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  EXPECT_FALSE(poller.Add(pipe.reader(), target, EPOLLIN));
}

TEST(PollerTest, ARemovedTargetHearsNothing) {
  Poller poller;
  Pipe pipe;
  Target target;
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  pipe.Write();
  poller.Remove(pipe.reader(), target);
  EXPECT_EQ(poller.PollOnce(), 0U);
  EXPECT_EQ(target.calls, 0);
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  EXPECT_EQ(poller.PollOnce(), 1U);
}

TEST(PollerTest, ATargetMayRemoveItself) {
  Poller poller;
  Pipe pipe;
  Target target;
  target.then = [&] { poller.Remove(pipe.reader(), target); };
  ASSERT_TRUE(poller.Add(pipe.reader(), target, EPOLLIN));
  pipe.Write();
  poller.PollOnce();
  poller.PollOnce();
  EXPECT_EQ(target.calls, 1);
}

// Whichever comes first in the batch destroys all the others: none of them may be touched.
TEST(PollerTest, ATargetRemovedInTheMiddleOfABatchHearsNothing) {
  Poller poller;
  constexpr size_t kTargets = 8;
  std::vector<Pipe> pipes(kTargets);
  std::vector<std::unique_ptr<Target>> targets(kTargets);
  int calls = 0;
  for (size_t i = 0; i < kTargets; ++i) {
    targets[i] = std::make_unique<Target>();
    targets[i]->then = [&, i] {
      ++calls;
      for (size_t other = 0; other < kTargets; ++other) {
        if (other == i || targets[other] == nullptr) continue;
        poller.Remove(pipes[other].reader(), *targets[other]);
        targets[other].reset();
      }
    };
    ASSERT_TRUE(poller.Add(pipes[i].reader(), *targets[i], EPOLLIN));
    pipes[i].Write();
  }
  EXPECT_EQ(poller.PollOnce(), 1U);
  EXPECT_EQ(calls, 1);
}

// A removed target's descriptor is closed and its number goes to a new one, with a new target.
TEST(PollerTest, AnEventOfTheBatchDoesNotReachTheNextOwnerOfADescriptor) {
  Poller poller;
  Pipe trigger;
  auto old_pipe = std::make_unique<Pipe>();
  std::unique_ptr<Pipe> new_pipe;
  Target old_target;
  Target new_target;
  Target swap;
  const auto exchange = [&] {
    if (old_pipe == nullptr) return;
    poller.Remove(old_pipe->reader(), old_target);
    old_pipe.reset();
    new_pipe = std::make_unique<Pipe>();
    ASSERT_TRUE(poller.Add(new_pipe->reader(), new_target, EPOLLIN));
  };
  swap.then = exchange;
  ASSERT_TRUE(poller.Add(trigger.reader(), swap, EPOLLIN));
  ASSERT_TRUE(poller.Add(old_pipe->reader(), old_target, EPOLLIN));
  trigger.Write();
  old_pipe->Write();
  poller.PollOnce();
  EXPECT_EQ(swap.calls, 1);
  EXPECT_EQ(old_target.calls, 0);
  EXPECT_EQ(new_target.calls, 0);
}

TEST(PollerTest, OneCallHandlesOneBatch) {
  Poller poller;
  std::vector<Pipe> pipes(300);
  std::vector<Target> targets(300);
  for (size_t i = 0; i < 300; ++i) {
    targets[i].then = [&, i] { pipes[i].Read(); };
    ASSERT_TRUE(poller.Add(pipes[i].reader(), targets[i], EPOLLIN));
    pipes[i].Write();
  }
  EXPECT_EQ(poller.PollOnce(), 256U);
  EXPECT_EQ(poller.PollOnce(), 44U);
  EXPECT_EQ(poller.PollOnce(), 0U);
  for (const Target& target : targets) ASSERT_EQ(target.calls, 1);
}

}  // namespace
}  // namespace edge
