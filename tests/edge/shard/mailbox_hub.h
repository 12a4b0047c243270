#pragma once

#include <string>
#include <vector>

#include <sys/eventfd.h>
#include <unistd.h>

#include "edge/shard/shard.h"

namespace edge {

// Stands for the hub, which this module only passes through: what tasks write down, and how often
// the shard's turn came to each of its points.
class Hub final : public ShardWork {
 public:
  std::vector<std::string> log;
  int turns = 0;
  int deferred_turns = 0;  // so many turns follow without sleep
  absl::AnyInvocable<void(WheelNode&)> on_wheel_node = [](WheelNode&) {};
  absl::AnyInvocable<void()> on_end_of_turn = [] {};

  void OnWheelNode(WheelNode& node) override { on_wheel_node(node); }
  void EndOfTurn() override {
    ++turns;
    if (deferred_turns > 0) --deferred_turns;
    on_end_of_turn();
  }
  bool HasDeferredWork() override { return deferred_turns > 0; }
};

// The eventfd that a mailbox wakes its shard with.
class WakeFd {
 public:
  WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~WakeFd() { ::close(fd_); }
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  int get() const { return fd_; }
  // How often it was written since the last call.
  uint64_t TakeCount() {
    uint64_t count = 0;
    return ::read(fd_, &count, sizeof count) == sizeof count ? count : 0;
  }

 private:
  int fd_;
};

inline Task Say(std::string word) {
  return [word = std::move(word)](Hub& hub) { hub.log.push_back(word); };
}

}  // namespace edge
