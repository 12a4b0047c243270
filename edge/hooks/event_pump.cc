#include "edge/hooks/event_pump.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "edge/base/random.h"

namespace edge {
namespace {

constexpr size_t kMostEvents = 500;
constexpr int64_t kFirstBackoffMillis = 100;
constexpr int64_t kLongestBackoffMillis = 5000;

}  // namespace

HookEventPump::HookEventPump(boost::asio::io_context& io, HookEventQueue& queue,
                             HookService& service, HookMetrics& metrics, std::string node)
    : queue_(queue),
      service_(service),
      metrics_(metrics),
      node_(std::move(node)),
      epoch_(fmt::format("{:016x}", SecureRandom64())),
      retry_(io) {}

void HookEventPump::Wake() {
  if (batch_ == nullptr) SendNext();
}

void HookEventPump::SendNext() {
  // Before it is taken out of the queue: `idle` is asked by others.
  busy_.store(true, std::memory_order_release);
  HookEventQueue::Batch taken = queue_.Take(kMostEvents);
  if (taken.events.empty()) return busy_.store(false, std::memory_order_release);
  gatehouse::v1::OnEventsRequest request;
  request.set_node(node_);
  request.set_epoch(epoch_);
  request.set_lost(taken.lost);
  for (gatehouse::v1::HookEvent& event : taken.events) *request.add_events() = std::move(event);
  batch_ = std::make_shared<HookCall>(HookCall{std::move(request), {}});
  Send();
}

void HookEventPump::Send() {
  if (!service_.TakePlace(HookMethod::kEvents)) {
    return OnAnswer({absl::UnavailableError("no place"), EmptyResponse(HookMethod::kEvents)});
  }
  service_.Ask(batch_, [this](const HookAnswer& answer) { OnAnswer(answer); });
}

void HookEventPump::OnAnswer(const HookAnswer& answer) {
  if (answer.status.ok()) {
    backoff_millis_ = 0;
    const auto& sent = std::get<gatehouse::v1::OnEventsRequest>(batch_->request);
    metrics_.EventsSent(static_cast<size_t>(sent.events_size()));
    batch_.reset();
    return SendNext();
  }
  backoff_millis_ = std::clamp(2 * backoff_millis_, kFirstBackoffMillis, kLongestBackoffMillis);
  SendAfter(backoff_millis_);
}

void HookEventPump::SendAfter(int64_t millis) {
  backing_off_ = true;
  retry_.expires_after(std::chrono::milliseconds(millis));  // drops a wait that was before
  retry_.async_wait([this](boost::system::error_code error) {
    if (error || !std::exchange(backing_off_, false)) return;
    Send();
  });
}

void HookEventPump::TryAgain() {
  if (!backing_off_) return;
  backoff_millis_ = 0;
  SendAfter(0);
}

}  // namespace edge
