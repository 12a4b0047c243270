#include "bench/net/event_loop.h"

#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr size_t kEventsPerTurn = 512;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

int64_t NowNanos() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

EventLoop::EventLoop()
    : fd_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), events_(kEventsPerTurn) {}

EventLoop::~EventLoop() {
  ::close(fd_);
}

void EventLoop::Add(int fd, Endpoint& endpoint, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &endpoint;
  Check(::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void EventLoop::Modify(int fd, Endpoint& endpoint, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &endpoint;
  Check(::epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void EventLoop::Remove(int fd) {
  Check(::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr), "epoll_ctl");
}

void EventLoop::Turn(int64_t timeout_ns) {
  // epoll_wait's milliseconds would make every paced message up to one late.
  const timespec timeout{.tv_sec = timeout_ns / kNanosPerSecond,
                         .tv_nsec = timeout_ns % kNanosPerSecond};
  const int ready = ::epoll_pwait2(fd_, events_.data(), static_cast<int>(events_.size()),
                                   timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (ready < 0 && errno != EINTR) Fail("epoll_pwait2: {}", std::strerror(errno));
  for (int i = 0; i < ready; ++i) {
    static_cast<Endpoint*>(events_[i].data.ptr)->OnEvents(events_[i].events);
  }
}

}  // namespace bench
