#include "edge/shard/shard.h"

#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "edge/base/check.h"
#include "edge/base/text.h"
#include "edge/shard/shard_pool.h"

namespace edge {
namespace {

// What one turn takes before it flushes: enough for a burst to be gathered into one write for each
// socket, little enough that a flood delays nobody for long.
constexpr size_t kTasksPerTurn = 1024;
constexpr size_t kTasksBetweenLooks = 16;
constexpr size_t kAsioHandlersPerTurn = 128;
constexpr std::chrono::milliseconds kLongestSleep(1000);

}  // namespace

// Empties the eventfd that wakes the shard.
class Shard::WakeTarget final : public PollTarget {
 public:
  explicit WakeTarget(int fd) : fd_(fd) {}
  void OnReady(uint32_t) override {
    uint64_t count;
    const ssize_t got = ::read(fd_, &count, sizeof count);
    (void)got;  // nothing to read: another wake-up took it
  }

 private:
  int fd_;
};

Shard::Shard(ShardPool& pool, ShardIndex index, size_t mailbox_capacity, const Clock& clock)
    : pool_(pool),
      index_(index),
      clock_(clock),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      io_(1),
      wake_target_(std::make_unique<WakeTarget>(wake_fd_)),
      poller_events_(io_, ::dup(poller_.fd())),
      mailbox_(pool.size(), mailbox_capacity, wake_fd_),
      wheel_(clock.MonotonicMillis()),
      scratch_(std::make_unique<char[]>(kScratchSize + kScratchSlackBytes)) {
  GATEHOUSE_CHECK(wake_fd_ >= 0, "eventfd failed");
  GATEHOUSE_CHECK(poller_.Add(wake_fd_, *wake_target_, EPOLLIN), "epoll_ctl failed");
  ReadClock();
}

Shard::~Shard() {
  Stop();
  ::close(wake_fd_);
}

size_t Shard::shard_count() const {
  return pool_.size();
}
ShardIndex Shard::HomeOf(std::string_view room) const {
  return pool_.HomeOf(room);
}

bool Shard::Post(ShardIndex to, Task task) {
  return pool_.at(to).mailbox_.PostFromShard(index_, std::move(task));
}

void Shard::PostReply(ShardIndex to, Task task) {
  const bool posted = pool_.at(to).mailbox_.PostReply(index_, std::move(task));
  GATEHOUSE_CHECK(posted, "more replies than requests were accepted");
}

size_t Shard::FreeTo(ShardIndex to) const {
  return pool_.at(to).mailbox_.FreeFrom(index_);
}

void Shard::ReadClock() {
  now_millis_ = clock_.MonotonicMillis();
  unix_millis_ = clock_.UnixMillis();
}

void Shard::Start(Hub& hub, ShardWork& work) {
  thread_ = std::thread([this, &hub, &work] { Run(hub, work); });
}

void Shard::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  const uint64_t one = 1;
  const ssize_t written = ::write(wake_fd_, &one, sizeof one);
  (void)written;
  thread_.join();
}

void Shard::AwaitPoller() {
  if (poller_awaited_) return;
  poller_awaited_ = true;
  poller_events_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                            [this](const boost::system::error_code&) {
                              poller_awaited_ = false;
                              poller_ready_ = true;
                            });
}

void Shard::WaitForEvent(ShardWork& work) {
  AwaitPoller();
  if (work.HasDeferredWork() || !mailbox_.PrepareSleep()) {
    // gRPC's threads do not push a shard off a core that they share: a turn is how long they wait.
    ::sched_yield();
    return;
  }
  const auto sleep =
      wheel_.size() == 0 ? kLongestSleep : std::chrono::milliseconds(TimingWheel::kTickMillis);
  io_.run_one_for(sleep);
  mailbox_.AwakeAgain();
}

void Shard::DrainMailbox(Hub& hub, ShardWork& work) {
  for (size_t ran = 0; ran < kTasksPerTurn && !work.TurnIsFull();) {
    const size_t some = mailbox_.Drain(kTasksBetweenLooks, hub);
    if (some == 0) return;
    ran += some;
  }
}

void Shard::RunTurn(Hub& hub, ShardWork& work) {
  WaitForEvent(work);
  TurnOnce(hub, work);
}

void Shard::TurnOnce(Hub& hub, ShardWork& work) {
  ReadClock();
  ++turn_;
  for (size_t i = 0; i < kAsioHandlersPerTurn && io_.poll_one() > 0; ++i) {
  }
  io_.restart();
  if (poller_ready_) {
    poller_ready_ = false;
    poller_.PollOnce();
  }
  DrainMailbox(hub, work);
  wheel_.Advance(now_millis_, [&](WheelNode& node) { work.OnWheelNode(node); });
  work.EndOfTurn();
}

void Shard::Run(Hub& hub, ShardWork& work) {
  const ScopedShardThread on_shard;
  pthread_setname_np(pthread_self(), fmt::format("gh-shard-{}", index_).c_str());
  if (use_send_batch_) send_batch_ = SendBatch::Open();
  while (!stopping_.load(std::memory_order_acquire)) RunTurn(hub, work);
  // What was posted before Stop still runs: callers wait for its answers.
  while (mailbox_.Drain(kTasksPerTurn, hub) > 0) {
  }
  work.EndOfTurn();
}

}  // namespace edge
