#include "edge/shard/poller.h"

#include <unistd.h>

#include "edge/base/check.h"

namespace edge {

Poller::Poller() : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  GATEHOUSE_CHECK(epoll_fd_ >= 0, "epoll_create1 failed");
}

Poller::~Poller() {
  ::close(epoll_fd_);
}

bool Poller::Add(int fd, PollTarget& target, uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &target}};
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::Modify(int fd, PollTarget& target, uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &target}};
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::Remove(int fd, PollTarget& target) {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  Forget(target);
}

void Poller::Forget(const PollTarget& target) {
  // The batch may hold an event for it still; its memory may be another target's by then.
  for (int i = batch_next_; i < batch_size_; ++i) {
    if (batch_[static_cast<size_t>(i)].data.ptr == &target) {
      batch_[static_cast<size_t>(i)].data.ptr = nullptr;
    }
  }
}

size_t Poller::PollOnce() {
  batch_size_ = ::epoll_wait(epoll_fd_, batch_.data(), kBatch, 0);
  size_t handled = 0;
  for (batch_next_ = 0; batch_next_ < batch_size_;) {
    const epoll_event& event = batch_[static_cast<size_t>(batch_next_++)];
    auto* const target = static_cast<PollTarget*>(event.data.ptr);
    if (target == nullptr) continue;
    target->OnReady(event.events);
    ++handled;
  }
  batch_size_ = batch_next_ = 0;
  return handled;
}

}  // namespace edge
