#include "bench/load/member.h"

#include <cerrno>

#include "bench/load/crowd.h"
#include "bench/load/publications.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"

namespace bench {
namespace {

constexpr size_t kLongestAnswer = size_t{16} * 1024;

}  // namespace

void Member::Connect(int receive_buffer) {
  const Target& target = crowd_.target();
  const int source = target.sources == 0 ? 0 : 1 + static_cast<int>(index_) % target.sources;
  stream_.Open(BeginConnect(target.address, source, receive_buffer));
  state_ = State::kConnecting;
  crowd_.loop().Add(stream_.fd(), *this, EPOLLOUT);
}

void Member::OnEvents(uint32_t) {
  switch (state_) {
    case State::kConnecting:
      return OnConnected();
    case State::kTls:
      return ContinueTls();
    case State::kUpgrading:
      return ReadAnswer();
    case State::kOpen:
      return ReadFrames();
    default:
      return;
  }
}

void Member::OnConnected() {
  if (const int error = ConnectError(stream_.fd())) {
    Fail("member {} cannot connect: {}", index_, std::strerror(error));
  }
  if (crowd_.tls() == nullptr) return SendRequest();
  stream_.StartTls(*crowd_.tls());
  state_ = State::kTls;
  ContinueTls();
}

void Member::ContinueTls() {
  switch (stream_.Continue()) {
    case ByteStream::Handshake::kDone:
      return SendRequest();
    case ByteStream::Handshake::kWantsRead:
      return crowd_.loop().Modify(stream_.fd(), *this, EPOLLIN);
    case ByteStream::Handshake::kWantsWrite:
      return crowd_.loop().Modify(stream_.fd(), *this, EPOLLOUT);
  }
}

void Member::SendRequest() {
  const std::string request = crowd_.target().RequestOf(index_, room_);
  const ssize_t sent = stream_.Write(request);
  if (sent != static_cast<ssize_t>(request.size())) Fail("a request was not taken whole");
  state_ = State::kUpgrading;
  crowd_.loop().Modify(stream_.fd(), *this, EPOLLIN);
}

void Member::ReadAnswer() {
  const ssize_t got = stream_.Read(crowd_.buffer());
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) Fail("member {}: the server closed instead of an answer", index_);
  partial_.append(crowd_.buffer().data(), static_cast<size_t>(got));
  const size_t end = partial_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (partial_.size() > kLongestAnswer) Fail("member {}: the answer has no end", index_);
    return;
  }
  const std::string_view answer = std::string_view(partial_).substr(0, end);
  if (const std::string why = crowd_.target().Refusal(answer); !why.empty()) {
    Fail("member {} was refused: {}", index_, why);
  }
  reader_.Keep(std::string_view(partial_).substr(end + 4));
  std::string().swap(partial_);
  state_ = State::kOpen;
  crowd_.OnOpen();
  // Frames may stand behind the answer, and then nothing more may come.
  const int64_t now = NowNanos();
  reader_.Begin(crowd_.buffer());
  reader_.End(crowd_.buffer(), 0, [&](const FrameHeader& header, std::span<char> payload) {
    OnFrame(header, payload, now);
  });
}

void Member::ReadFrames() {
  const int64_t now = NowNanos();
  const std::span<char> into = reader_.Begin(crowd_.buffer());
  const ssize_t got = stream_.Read(into);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return Close("the server closed the connection");
  crowd_.OnBytes(static_cast<size_t>(got));
  reader_.End(
      crowd_.buffer(), static_cast<size_t>(got),
      [&](const FrameHeader& header, std::span<char> payload) { OnFrame(header, payload, now); });
}

void Member::OnFrame(const FrameHeader& header, std::span<char> payload, int64_t now) {
  const std::string_view text(payload.data(), payload.size());
  if (header.opcode < kClose) {
    if (header.compressed || !partial_.empty()) return OnCompressed(header, text, now);
    return crowd_.OnMessage(*this, text, now);
  }
  if (header.opcode == kPing) return SendFrame(kPong, text);
  if (header.opcode == kClose) {
    const auto code =
        text.size() < 2 ? 1005 : static_cast<uint8_t>(text[0]) << 8 | static_cast<uint8_t>(text[1]);
    Close(fmt::format("Close {} {}", code, text.size() < 2 ? "" : text.substr(2)));
  }
}

void Member::OnCompressed(const FrameHeader& header, std::string_view part, int64_t now) {
  if (header.final && partial_.empty()) {
    return crowd_.OnMessage(*this, crowd_.Inflate(part), now);
  }
  partial_ += part;
  if (!header.final) return;
  crowd_.OnMessage(*this, crowd_.Inflate(partial_), now);
  std::string().swap(partial_);
}

void Member::Say(std::string_view text) {
  SendFrame(kText, text);
}

void Member::SendFrame(uint8_t opcode, std::string_view payload) {
  if (state_ != State::kOpen) return;
  std::string& frame = crowd_.outgoing();
  frame.clear();
  AppendFrame(frame, opcode, payload, true);
  const ssize_t sent = stream_.Write(frame);
  if (sent != static_cast<ssize_t>(frame.size()))
    Fail("the server does not read from member {}", index_);
}

void Member::Stall() {
  if (state_ != State::kOpen) return;
  // Out of the loop: a level-triggered one would tell of an error without end.
  crowd_.loop().Remove(stream_.fd());
  stalled_ = true;
}

bool Member::SkipToEnd() {
  if (state_ != State::kOpen) return true;
  ssize_t got = 1;
  while (got > 0) got = stream_.Read(crowd_.buffer());
  return got == 0 || errno != EAGAIN;
}

void Member::Close(std::string_view why) {
  if (state_ == State::kClosed) return;
  Leave(false);
  crowd_.OnClosed(index_, why);
}

void Member::Drop() {
  if (state_ != State::kClosed) Leave(true);
}

void Member::Leave(bool reset) {
  if (stream_.fd() < 0) return;
  if (!stalled_) crowd_.loop().Remove(stream_.fd());
  stream_.Close(reset);
  state_ = State::kClosed;
}

}  // namespace bench
