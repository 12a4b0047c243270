#include "bench/load/member.h"

#include <sys/socket.h>
#include <unistd.h>

#include "bench/load/crowd.h"
#include "bench/load/publications.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {

void Member::Connect() {
  const Target& target = crowd_.target();
  const int source = target.sources == 0 ? 0 : 1 + static_cast<int>(index_) % target.sources;
  fd_ = BeginConnect(target.address, source);
  state_ = State::kConnecting;
  crowd_.loop().Add(fd_, *this, EPOLLOUT);
}

void Member::OnEvents(uint32_t) {
  switch (state_) {
    case State::kConnecting:
      return SendRequest();
    case State::kUpgrading:
      return ReadAnswer();
    case State::kOpen:
      return ReadFrames();
    default:
      return;
  }
}

void Member::SendRequest() {
  if (const int error = ConnectError(fd_)) {
    Fail("member {} cannot connect: {}", index_, std::strerror(error));
  }
  const std::string request = crowd_.target().RequestOf(index_, room_);
  const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) Fail("a request was not taken whole");
  state_ = State::kUpgrading;
  crowd_.loop().Modify(fd_, *this, EPOLLIN);
}

void Member::ReadAnswer() {
  // The answer, but not the frames behind it: those are left in the socket for ReadFrames.
  char bytes[4096];
  const ssize_t seen = ::recv(fd_, bytes, sizeof bytes, MSG_PEEK);
  if (seen < 0 && errno == EAGAIN) return;
  if (seen <= 0) Fail("member {}: the server closed instead of an answer", index_);
  const std::string_view answer(bytes, static_cast<size_t>(seen));
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (answer.size() == sizeof bytes) Fail("member {}: the answer has no end", index_);
    return;
  }
  if (!answer.starts_with("HTTP/1.1 101 ") || answer.find(kRequestAccept) > end) {
    Fail("member {} was refused: {}", index_, answer);
  }
  ::recv(fd_, bytes, end + 4, 0);
  state_ = State::kOpen;
  crowd_.OnOpen();
}

void Member::ReadFrames() {
  const int64_t now = NowNanos();
  const auto result = reader_.Read(
      fd_, crowd_.buffer(),
      [&](const FrameHeader& header, std::span<char> payload) { OnFrame(header, payload, now); });
  if (result == FrameReader::Result::kClosed) Close("the server closed the connection");
}

void Member::OnFrame(const FrameHeader& header, std::span<char> payload, int64_t now) {
  const std::string_view text(payload.data(), payload.size());
  if (header.opcode < kClose) return crowd_.OnMessage(*this, text, now);
  if (header.opcode == kPing) return SendFrame(kPong, text);
  if (header.opcode == kClose) {
    const auto code =
        text.size() < 2 ? 1005 : static_cast<uint8_t>(text[0]) << 8 | static_cast<uint8_t>(text[1]);
    Close(fmt::format("Close {} {}", code, text.size() < 2 ? "" : text.substr(2)));
  }
}

void Member::Say(std::string_view text) {
  SendFrame(kText, text);
}

void Member::SendFrame(uint8_t opcode, std::string_view payload) {
  std::string& frame = crowd_.outgoing();
  frame.clear();
  AppendFrame(frame, opcode, payload, true);
  const ssize_t sent = ::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(frame.size()))
    Fail("the server does not read from member {}", index_);
}

void Member::Close(std::string_view why) {
  if (state_ == State::kClosed) return;
  crowd_.loop().Remove(fd_);
  ::close(fd_);
  fd_ = -1;
  state_ = State::kClosed;
  crowd_.OnClosed(index_, why);
}

void Member::Drop() {
  if (fd_ < 0) return;
  crowd_.loop().Remove(fd_);
  CloseWithReset(fd_);
  fd_ = -1;
  state_ = State::kClosed;
}

}  // namespace bench
