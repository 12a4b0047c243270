#include <benchmark/benchmark.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "edge/shard/mailbox.h"

namespace edge {

// The mailbox hands a hub to what it runs and looks at nothing of it: here it counts.
class Hub {
 public:
  uint64_t runs = 0;
};

namespace {

constexpr size_t kCapacity = 1024;
constexpr size_t kShards = 2;

class WakeFd {
 public:
  WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK)) {}
  ~WakeFd() { ::close(fd_); }
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A post from another shard and its run, `range(0)` in a burst. One thread: the cost without the
// traffic of cache lines between two cores.
void PostFromAShardAndDrain(benchmark::State& state) {
  const WakeFd wake;
  Mailbox mailbox(kShards, kCapacity, wake.get());
  Hub hub;
  for (auto _ : state) {
    for (int i = 0; i < state.range(0); ++i) {
      mailbox.PostFromShard(1, [](Hub& at) { ++at.runs; });
    }
    mailbox.Drain(kCapacity, hub);
  }
  benchmark::DoNotOptimize(hub.runs);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(PostFromAShardAndDrain)->Arg(1)->Arg(16)->Arg(256);

// The same from the control API's threads, who share a queue under a lock.
void PostFromOutsideAndDrain(benchmark::State& state) {
  const WakeFd wake;
  Mailbox mailbox(kShards, kCapacity, wake.get());
  Hub hub;
  for (auto _ : state) {
    for (int i = 0; i < state.range(0); ++i) {
      mailbox.PostExternal([](Hub& at) { ++at.runs; });
    }
    mailbox.Drain(kCapacity, hub);
  }
  benchmark::DoNotOptimize(hub.runs);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(PostFromOutsideAndDrain)->Arg(1)->Arg(16)->Arg(256);

// A post to a shard that sleeps, which has to be woken: one write() to its eventfd.
void WakeASleepingShard(benchmark::State& state) {
  const WakeFd wake;
  Mailbox mailbox(kShards, kCapacity, wake.get());
  Hub hub;
  for (auto _ : state) {
    benchmark::DoNotOptimize(mailbox.PrepareSleep());
    mailbox.PostFromShard(1, [](Hub& at) { ++at.runs; });
    mailbox.AwakeAgain();
    mailbox.Drain(kCapacity, hub);
  }
  benchmark::DoNotOptimize(hub.runs);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WakeASleepingShard);

}  // namespace
}  // namespace edge
