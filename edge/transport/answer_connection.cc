#include "edge/transport/answer_connection.h"

#include <cerrno>

#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"

namespace edge {
namespace {

constexpr int64_t kLingerMillis = 2000;
constexpr size_t kMostDropped = 1 << 20;

}  // namespace

AnswerConnection::AnswerConnection(HttpGate& gate, Socket socket, std::string answer, When when)
    : gate_(gate), socket_(std::move(socket)), answer_(std::move(answer)) {
  Shard& shard = gate_.hub().shard();
  const uint32_t now = when == When::kNow ? uint32_t{EPOLLOUT} : 0;
  shard.poller().Add(socket_.fd(), *this, EPOLLIN | EPOLLRDHUP | now);
  shard.wheel().Schedule(*this, shard.now_millis() + kLingerMillis);
}

AnswerConnection::~AnswerConnection() {
  Shard& shard = gate_.hub().shard();
  shard.poller().Remove(socket_.fd(), *this);
  shard.wheel().Cancel(*this);
}

void AnswerConnection::OnDeadline() {
  gate_.Drop(*this);
}

bool AnswerConnection::Write() {
  if (!socket_.FlushOutput()) return false;
  while (written_ < answer_.size() && !socket_.blocked()) {
    const iovec rest{answer_.data() + written_, answer_.size() - written_};
    const ssize_t sent = socket_.Send({&rest, 1});
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    written_ += static_cast<size_t>(sent);
  }
  if (written_ == answer_.size() && !half_closed_) {
    half_closed_ = true;
    socket_.ShutdownWrite();
  }
  if (half_closed_ && !socket_.blocked()) {
    gate_.hub().shard().poller().Modify(socket_.fd(), *this, EPOLLIN | EPOLLRDHUP);
  }
  return true;
}

bool AnswerConnection::DropInput() {
  const std::span<char> scratch = gate_.hub().shard().scratch();
  const ssize_t got = socket_.Receive(scratch);
  if (got == 0) return false;
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (dropped_ == 0 && !half_closed_) {
    gate_.hub().shard().poller().Modify(socket_.fd(), *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
  }
  dropped_ += static_cast<size_t>(got);
  return dropped_ < kMostDropped;
}

void AnswerConnection::OnReady(uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !Write()) return gate_.Drop(*this);
  if ((events & PollTarget::kReadable) != 0 && !DropInput()) return gate_.Drop(*this);
}

}  // namespace edge
