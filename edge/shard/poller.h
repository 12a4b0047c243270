#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace edge {

// Gets a descriptor's readiness. On the shard's thread.
class PollTarget {
 public:
  static constexpr uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  static constexpr uint32_t kWritable = EPOLLOUT;

  virtual ~PollTarget() = default;
  virtual void OnReady(uint32_t events) = 0;
};

// The descriptors of one shard that are not Asio's: the sockets of sessions. An established session
// costs an entry in the kernel and nothing here, where an Asio socket with a wait pending costs
// about 550 bytes. Level-triggered. Belongs to the shard.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // The epoll descriptor itself, readable when an event waits.
  int fd() const { return epoll_fd_; }

  // `target` must outlive its registration. False: the kernel refused (memory, descriptor limits).
  bool Add(int fd, PollTarget& target, uint32_t events);
  void Modify(int fd, PollTarget& target, uint32_t events);
  // From now on no event reaches `target`, not even one that is in the batch being handled.
  void Remove(int fd, PollTarget& target);
  // The same for a descriptor that is about to be closed, which takes it out of the kernel's list.
  void Forget(const PollTarget& target);

  // Handles the events that are ready, at most one batch of 256; returns how many.
  size_t PollOnce();

 private:
  static constexpr int kBatch = 256;

  int epoll_fd_;
  std::array<epoll_event, kBatch> batch_;
  int batch_size_ = 0;
  int batch_next_ = 0;
};

}  // namespace edge
