#include "bench/limit/uring_sender.h"

#include "bench/limit/connection.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr unsigned kBatch = 256;
constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

}  // namespace

UringSender::UringSender() {
  Check(::io_uring_queue_init(kBatch, &ring_, IORING_SETUP_SINGLE_ISSUER), "io_uring_queue_init");
}

UringSender::~UringSender() {
  ::io_uring_queue_exit(&ring_);
}

void UringSender::Send(const std::vector<Connection*>& members, std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  for (Connection* const member : members) {
    if (member->waits()) {
      member->OnSent(pieces, 0);
      continue;
    }
    io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);
    if (pieces.size() == 1) {
      ::io_uring_prep_send(entry, member->fd(), pieces[0].iov_base, pieces[0].iov_len, kFlags);
    } else {
      ::io_uring_prep_sendmsg(entry, member->fd(), &message, kFlags);
    }
    ::io_uring_sqe_set_data(entry, member);
    if (++size_ == kBatch) Submit(pieces);
  }
  if (size_ > 0) Submit(pieces);
}

void UringSender::Submit(std::span<const iovec> pieces) {
  Check(::io_uring_submit_and_wait(&ring_, size_), "io_uring_submit_and_wait");
  for (; size_ > 0; --size_) {
    io_uring_cqe* outcome = nullptr;
    Check(::io_uring_wait_cqe(&ring_, &outcome), "io_uring_wait_cqe");
    auto* const member = static_cast<Connection*>(::io_uring_cqe_get_data(outcome));
    const int sent = outcome->res;
    ::io_uring_cqe_seen(&ring_, outcome);
    member->OnSent(pieces, sent < 0 ? 0 : static_cast<size_t>(sent));
  }
}

}  // namespace bench
