#include "edge/shard/send_batch.h"

#include <liburing.h>
#include <sys/socket.h>

#include <cerrno>

#include "edge/base/check.h"

namespace edge {
namespace {

constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

// Only the thread that opened the ring submits, and it looks at the outcome at once.
constexpr unsigned kSetupFlags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN;

}  // namespace

struct SendBatch::Write {
  msghdr message{};
  void* owner = nullptr;
  int result = -EAGAIN;
};

SendBatch::SendBatch()
    : ring_(std::make_unique<io_uring>()),
      writes_(std::make_unique<Write[]>(kCapacity)),
      buffers_(std::make_unique<iovec[]>(kCapacity * kBuffers)) {}

SendBatch::~SendBatch() {
  if (ring_->ring_fd >= 0) ::io_uring_queue_exit(ring_.get());
}

std::unique_ptr<SendBatch> SendBatch::Open() {
  std::unique_ptr<SendBatch> batch(new SendBatch());
  io_uring& ring = *batch->ring_;
  ring.ring_fd = -1;
  // Older kernels refuse flags that they do not know.
  for (const unsigned flags : {kSetupFlags, 0U}) {
    if (::io_uring_queue_init(kCapacity, &ring, flags) == 0) return batch;
    ring.ring_fd = -1;
  }
  return nullptr;
}

std::span<iovec> SendBatch::buffers() {
  return {&buffers_[size_ * kBuffers], kBuffers};
}

void SendBatch::Add(int fd, size_t count, void* owner) {
  io_uring_sqe* const entry = ::io_uring_get_sqe(ring_.get());
  GATEHOUSE_CHECK(entry != nullptr, "a batch has fewer entries than its ring");
  const iovec* const first = &buffers_[size_ * kBuffers];
  Write& write = writes_[size_++];
  write.owner = owner;
  if (count == 1) {
    ::io_uring_prep_send(entry, fd, first->iov_base, first->iov_len, kSendFlags);
  } else {
    write.message.msg_iov = const_cast<iovec*>(first);
    write.message.msg_iovlen = count;
    ::io_uring_prep_sendmsg(entry, fd, &write.message, kSendFlags);
  }
  ::io_uring_sqe_set_data(entry, &write);
}

void SendBatch::Submit(absl::FunctionRef<void(void* owner, int result)> done) {
  const auto count = static_cast<unsigned>(size_);
  for (size_t submitted = 0; submitted < size_;) {
    const int some = ::io_uring_submit(ring_.get());
    if (some == -EINTR || some == -EAGAIN || some == -EBUSY) continue;
    GATEHOUSE_CHECK(some >= 0, "io_uring takes no more writes");
    submitted += static_cast<size_t>(some);
  }
  // One each: a send that does not wait has its outcome when it has been submitted.
  for (unsigned seen = 0; seen < count;) {
    io_uring_cqe* outcome = nullptr;
    if (::io_uring_wait_cqe(ring_.get(), &outcome) != 0) continue;
    auto* const write = static_cast<Write*>(::io_uring_cqe_get_data(outcome));
    write->result = outcome->res;
    ::io_uring_cqe_seen(ring_.get(), outcome);
    ++seen;
  }
  // In order, and only now: `done` may write to any of these sockets.
  size_ = 0;
  for (unsigned i = 0; i < count; ++i) done(writes_[i].owner, writes_[i].result);
}

}  // namespace edge
