#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <vector>

namespace bench {

// What the loop tells when its descriptor is ready.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  // May remove any endpoint from the loop, but must not free one: see EventLoop.
  virtual void OnEvents(uint32_t events) = 0;
};

// Level-triggered epoll for one thread. An endpoint that is freed must have been removed in an
// earlier turn, because events of the current one may still name it.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Add(int fd, Endpoint& endpoint, uint32_t events);
  void Modify(int fd, Endpoint& endpoint, uint32_t events);
  void Remove(int fd);

  // Waits for events and handles one batch of them. Negative: waits without end.
  void Turn(int64_t timeout_ns);

 private:
  int fd_;
  std::vector<epoll_event> events_;
};

// CLOCK_MONOTONIC.
int64_t NowNanos();

}  // namespace bench
