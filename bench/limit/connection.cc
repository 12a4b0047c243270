#include "bench/limit/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include "bench/limit/room_server.h"

namespace bench {
namespace {

constexpr size_t kLongestRequest = 16 * 1024;

// The header's value; its name as RFC 6455 and all clients at hand write it.
std::string_view HeaderOf(std::string_view request, std::string_view name) {
  const size_t at = request.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = request.substr(at + name.size());
  return rest.substr(0, rest.find("\r\n"));
}

// What follows the path's last slash.
std::string_view RoomOf(std::string_view request) {
  const size_t start = request.find(' ') + 1;
  std::string_view path = request.substr(start, request.find(' ', start) - start);
  path = path.substr(0, path.find('?'));
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Connection::Connection(RoomServer& server, int fd) : server_(server), fd_(fd) {
  server_.loop().Add(fd_, *this, EPOLLIN);
}

Connection::~Connection() {
  ::close(fd_);
}

void Connection::End() {
  if (ended_) return;
  ended_ = true;
  server_.loop().Remove(fd_);
  server_.OnGone(*this);
}

void Connection::OnEvents(uint32_t events) {
  if ((events & EPOLLOUT) != 0) SendPending();
  if ((events & ~EPOLLOUT) == 0 || ended_) return;
  if (room_ == nullptr) {
    ReadRequest();
  } else {
    ReadFrames();
  }
}

void Connection::ReadRequest() {
  const std::span<char> buffer = server_.buffer();
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return End();
  std::string_view request(buffer.data(), static_cast<size_t>(got));
  if (!pending_.empty() || !request.ends_with("\r\n\r\n")) {
    pending_ += request;
    request = pending_;
  }
  if (request.size() > kLongestRequest) return End();
  if (!request.ends_with("\r\n\r\n")) return;
  Answer(request);
}

void Connection::Answer(std::string_view request) {
  const std::string_view key = HeaderOf(request, "Sec-WebSocket-Key: ");
  if (key.empty()) return End();
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer += AcceptKeyOf(key);
  answer += "\r\n\r\n";
  room_ = &server_.Join(RoomOf(request), *this);
  std::string().swap(pending_);
  Send(answer);
}

void Connection::ReadFrames() {
  const auto result = reader_.Read(
      fd_, server_.buffer(),
      [this](const FrameHeader& header, std::span<char> payload) { OnFrame(header, payload); });
  if (result == FrameReader::Result::kClosed) End();
}

void Connection::OnFrame(const FrameHeader& header, std::span<char> payload) {
  if (ended_) return;
  Unmask(header, payload);
  const std::string_view text(payload.data(), payload.size());
  if (header.opcode == kText) {
    server_.Publish(*room_, text);
    return;
  }
  if (header.opcode != kPing && header.opcode != kClose) return;
  std::string answer;
  AppendFrame(answer, header.opcode == kPing ? kPong : kClose, text, false);
  Send(answer);
  if (header.opcode == kClose) End();
}

void Connection::Send(std::string_view frame) {
  if (!pending_.empty()) return Keep(frame);
  const ssize_t sent = ::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(frame.size())) {
    Keep(frame.substr(sent < 0 ? 0 : static_cast<size_t>(sent)));
  }
}

void Connection::Send(std::span<const iovec> pieces) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  ssize_t sent = 0;
  if (pending_.empty()) {
    sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) sent = 0;
  }
  OnSent(pieces, static_cast<size_t>(sent));
}

void Connection::OnSent(std::span<const iovec> pieces, size_t sent) {
  size_t skip = sent;
  for (const iovec& piece : pieces) {
    if (skip >= piece.iov_len) {
      skip -= piece.iov_len;
      continue;
    }
    Keep({static_cast<const char*>(piece.iov_base) + skip, piece.iov_len - skip});
    skip = 0;
  }
}

void Connection::Keep(std::string_view bytes) {
  if (ended_) return;
  if (pending_.empty()) server_.loop().Modify(fd_, *this, EPOLLIN | EPOLLOUT);
  pending_ += bytes;
}

void Connection::SendPending() {
  const ssize_t sent = ::send(fd_, pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return;
  pending_.erase(0, static_cast<size_t>(sent));
  if (pending_.empty()) {
    std::string().swap(pending_);
    server_.loop().Modify(fd_, *this, EPOLLIN);
  }
}

}  // namespace bench
