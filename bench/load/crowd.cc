#include "bench/load/crowd.h"

#include <algorithm>

#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

// Several frames of the largest message, so that one recv() takes what a socket has.
constexpr size_t kBufferSize = 1 << 20;
// Besides the members: standard streams, epoll, publishers' sockets, gRPC's own.
constexpr size_t kOtherDescriptors = 64;
constexpr int64_t kHandshakesMayTakeNanos = 180'000'000'000;

}  // namespace

Crowd::Crowd(EventLoop& loop, Target target)
    : loop_(loop), target_(std::move(target)), buffer_(kBufferSize), members_of_(target_.rooms) {
  if (target_.tls) tls_ = MakeTlsContext();
}

void Crowd::Connect(size_t count, size_t parallel, int receive_buffer) {
  const size_t limit = RaiseDescriptorLimit() - kOtherDescriptors;
  if (open_ + count > limit) {
    Fail("{} connections asked for; the descriptor limit of a process allows {}", open_ + count,
         limit);
  }
  const size_t goal = open_ + count;
  size_t begun = open_;
  const int64_t deadline = NowNanos() + kHandshakesMayTakeNanos;
  while (open_ < goal) {
    while (begun < goal && begun - open_ < std::max<size_t>(parallel, 1)) {
      const auto index = static_cast<uint32_t>(members_.size());
      const auto room = static_cast<uint32_t>(index % target_.rooms);
      members_.emplace_back(*this, index, room).Connect(receive_buffer);
      ++members_of_[room];
      ++begun;
    }
    loop_.Turn(deadline - NowNanos());
    if (NowNanos() > deadline)
      Fail("{} of {} handshakes took over three minutes", goal - open_, count);
  }
}

void Crowd::DropAll() {
  for (Member& member : members_) member.Drop();
  members_.clear();
  std::ranges::fill(members_of_, 0);
  open_ = stalled_ = 0;
}

void Crowd::StallLast(size_t count) {
  for (; stalled_ < count; ++stalled_) {
    Member& member = members_[members_.size() - 1 - stalled_];
    member.Stall();
    --members_of_[member.room()];
  }
}

void Crowd::OnClosed(uint32_t index, std::string_view why) {
  if (closed_++ == 0) first_close_ = fmt::format("member {}: {}", index, why);
}

}  // namespace bench
