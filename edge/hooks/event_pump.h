#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "edge/hooks/event_queue.h"
#include "edge/hooks/hook_service.h"

namespace edge {

// Sends the events to the application: batches of at most 500, one at a time, each again (with
// back-off) until it is answered. Belongs to the hooks' thread.
class HookEventPump {
 public:
  HookEventPump(boost::asio::io_context& io, HookEventQueue& queue, HookService& service,
                HookMetrics& metrics, std::string node);

  // Something waits.
  void Wake();
  // Somebody has come who may take what waits to be sent again.
  void TryAgain();
  // Nothing waits, and nothing is under way. Any thread.
  bool idle() const { return !busy_.load(std::memory_order_acquire) && queue_.empty(); }

 private:
  void SendNext();
  void Send();
  void OnAnswer(const HookAnswer& answer);
  void SendAfter(int64_t millis);

  HookEventQueue& queue_;
  HookService& service_;
  HookMetrics& metrics_;
  const std::string node_;
  const std::string epoch_;
  std::shared_ptr<const HookCall> batch_;  // null: nothing is under way
  boost::asio::steady_timer retry_;
  int64_t backoff_millis_ = 0;
  bool backing_off_ = false;
  std::atomic<bool> busy_ = false;
};

}  // namespace edge
