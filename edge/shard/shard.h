#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "edge/base/clock.h"
#include "edge/base/ids.h"
#include "edge/base/shard_thread.h"
#include "edge/base/timing_wheel.h"
#include "edge/shard/mailbox.h"
#include "edge/shard/poller.h"
#include "edge/shard/send_batch.h"

namespace edge {

class ShardPool;

// What a hub does in the shard's turn.
class ShardWork {
 public:
  virtual ~ShardWork() = default;
  // A node of the wheel is due; it is disarmed.
  virtual void OnWheelNode(WheelNode& node) = 0;
  // So much has been queued in this turn that it should be written before more is taken.
  virtual bool TurnIsFull() { return false; }
  // Everything the turn brought has been handled: flush the dirty list, free what ended.
  virtual void EndOfTurn() = 0;
  // Something was left for the next turn: do not sleep.
  virtual bool HasDeferredWork() = 0;
};

// One thread and its event loop.
//
// A turn: wait for one event, take what else is ready (bounded), drain the mailbox (bounded), turn
// the timing wheel, end the turn. Sessions' sockets are on the Poller, whose descriptor Asio waits
// for; whatever else a shard does (reverse proxy, hook clients) is Asio's, on the same thread.
// The time is read once a turn.
class Shard {
 public:
  static constexpr size_t kScratchSize = size_t{64} * 1024;
  static constexpr size_t kScratchSlackBytes = 64;

  Shard(ShardPool& pool, ShardIndex index, size_t mailbox_capacity, const Clock& clock);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  ShardIndex index() const { return index_; }
  size_t shard_count() const;
  // Before Start: the shard's writes go in batches (io_uring) where they may.
  void UseSendBatch() { use_send_batch_ = true; }
  // Null: each write is a system call of its own.
  SendBatch* send_batch() { return send_batch_.get(); }
  // The number of the turn.
  uint64_t turn() const { return turn_; }
  ShardIndex HomeOf(std::string_view room) const;

  // ---- On the shard's thread ----

  // Posts to another shard; false: full. A reply goes to a shard whose request was accepted and
  // always fits.
  bool Post(ShardIndex to, Task task);
  void PostReply(ShardIndex to, Task task);
  // How many posts to `to` would be taken now.
  size_t FreeTo(ShardIndex to) const;
  size_t reply_reserve() const { return mailbox_.reply_reserve(); }

  TimingWheel& wheel() { return wheel_; }
  Poller& poller() { return poller_; }
  boost::asio::io_context& io() { return io_; }
  // For reading: used up within one handler. kScratchSlackBytes more are readable.
  std::span<char> scratch() { return {scratch_.get(), kScratchSize}; }
  int64_t now_millis() const { return now_millis_; }
  int64_t unix_millis() const { return unix_millis_; }

  // ---- Any thread ----

  bool PostExternal(Task task, uint64_t sender = 0) {
    return mailbox_.PostExternal(std::move(task), sender);
  }
  Mailbox& mailbox() { return mailbox_; }

  // ---- The owner ----

  // Starts the thread. `hub` and `work` (the same object) outlive it.
  void Start(Hub& hub, ShardWork& work);
  // Ends the loop after what is in the mailbox has run, and joins the thread.
  void Stop();
  // One turn on the calling thread, which waits for nothing: for whoever drives a shard that was
  // not started.
  void TurnOnce(Hub& hub, ShardWork& work);

 private:
  class WakeTarget;

  void Run(Hub& hub, ShardWork& work);
  void RunTurn(Hub& hub, ShardWork& work);
  void WaitForEvent(ShardWork& work);
  void DrainMailbox(Hub& hub, ShardWork& work);
  void AwaitPoller();
  void ReadClock();

  ShardPool& pool_;
  const ShardIndex index_;
  const Clock& clock_;
  const int wake_fd_;
  boost::asio::io_context io_;
  Poller poller_;
  std::unique_ptr<WakeTarget> wake_target_;
  boost::asio::posix::stream_descriptor poller_events_;
  bool poller_ready_ = false;
  bool poller_awaited_ = false;
  Mailbox mailbox_;
  TimingWheel wheel_;
  std::unique_ptr<char[]> scratch_;
  std::unique_ptr<SendBatch> send_batch_;
  bool use_send_batch_ = false;
  uint64_t turn_ = 0;
  int64_t now_millis_ = 0;
  int64_t unix_millis_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace edge
