#include "edge/transport/websocket_connection.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

// One gathered write takes up to 64 frames, one turn up to four of them: a session with a long
// queue does not hold the shard.
constexpr size_t kFramesPerWrite = 64;
constexpr int kWritesPerTurn = 4;

// One gathered write.
ssize_t WriteSome(Socket& socket, const OutboundQueue& queue) {
  std::array<iovec, kFramesPerWrite> buffers;
  const size_t count = queue.Gather(buffers);
  return socket.Send(std::span(buffers).first(count));
}

}  // namespace

WebSocketConnection::WebSocketConnection(HttpGate& gate, Socket socket, std::string accept_key,
                                         std::string subprotocol, std::string extensions,
                                         std::string leftover)
    : gate_(gate),
      socket_(std::move(socket)),
      handshake_(std::make_unique<Handshake>(
          Handshake{std::move(accept_key), std::move(subprotocol), std::move(extensions)})) {
  if (!leftover.empty()) kept_ = std::make_unique<std::string>(std::move(leftover));
  static_assert(Shard::kScratchSlackBytes >= kScratchSlack);
}

WebSocketConnection::~WebSocketConnection() {
  if (registered_) gate_.hub().shard().poller().Forget(*this);  // the socket is closed with this
}

LocalFramePtr WebSocketConnection::Open() {
  // Bytes that came with the request are in no kernel buffer any more: the socket's being writable
  // brings the turn in which they are read.
  awaits_writable_ = kept_ != nullptr || socket_.blocked();
  registered_ = gate_.hub().shard().poller().Add(
      socket_.fd(), *this, EPOLLIN | EPOLLRDHUP | (awaits_writable_ ? EPOLLOUT : 0U));
  LocalFramePtr answer = Localize(Frame::Copy(
      MakeUpgradeAnswer(handshake_->accept_key, handshake_->subprotocol, handshake_->extensions)));
  handshake_.reset();
  return answer;
}

void WebSocketConnection::Refuse(const absl::Status& status) {
  gate_.RefuseUpgrade(std::move(socket_), handshake_->accept_key, handshake_->subprotocol, status);
}

LocalFramePtr WebSocketConnection::PingFrame() {
  return Localize(MakeWsFrame(Opcode::kPing, ""));
}

LocalFramePtr WebSocketConnection::CloseFrame(uint16_t code, std::string_view reason) {
  // RFC 6455 section 7.1.5: 1005 says that there was no code; its answer has none either.
  if (code == 1005) return Localize(MakeWsFrame(Opcode::kClose, ""));
  return Localize(MakeCloseFrame(code, reason));
}

void WebSocketConnection::OnCloseSent() {
  socket_.ShutdownWrite();
  WaitForWritable(socket_.blocked());
}

void WebSocketConnection::WaitForWritable(bool wait) {
  if (wait == awaits_writable_) return;
  awaits_writable_ = wait;
  UpdatePoller();
}

void WebSocketConnection::PauseReading(bool pause) {
  if (pause == reading_paused_) return;
  reading_paused_ = pause;
  UpdatePoller();
}

void WebSocketConnection::UpdatePoller() {
  const uint32_t readable = reading_paused_ ? 0U : uint32_t{EPOLLIN | EPOLLRDHUP};
  gate_.hub().shard().poller().Modify(socket_.fd(), *this,
                                      readable | (awaits_writable_ ? uint32_t{EPOLLOUT} : 0U));
}

void WebSocketConnection::ResumeReading() {
  if (!registered_) return;
  PauseReading(false);
  // As with what came with the request: the socket's being writable brings the turn.
  if (kept_ != nullptr) WaitForWritable(true);
}

Transport::FlushResult WebSocketConnection::Flush(OutboundQueue& queue) {
  // A full socket is asked again when it says so, not once for each publication.
  if (awaits_writable_) return FlushResult::kBlocked;
  for (int i = 0; i < kWritesPerTurn; ++i) {
    if (queue.empty()) return FlushResult::kDrained;
    const ssize_t sent = WriteSome(socket_, queue);
    const FlushResult result = OnSent(queue, static_cast<int>(sent < 0 ? -errno : sent));
    if (result != FlushResult::kMore) return result;
  }
  return FlushResult::kMore;
}

bool WebSocketConnection::AddTo(SendBatch& batch, const OutboundQueue& queue) {
  if (awaits_writable_ || socket_.tls() != nullptr) return false;
  batch.Add(socket_.fd(), queue.Gather(batch.buffers()), session_);
  return true;
}

Transport::FlushResult WebSocketConnection::OnSent(OutboundQueue& queue, int result) {
  if (result == -EINTR) return FlushResult::kMore;
  if (result < 0 && result != -EAGAIN) return FlushResult::kFailed;
  if (result > 0) {
    queue.Consume(static_cast<size_t>(result));
    ShardMetrics& metrics = gate_.hub().metrics();
    metrics.bytes_sent.Add(result);
    metrics.flushes.Add();
  }
  if (result == -EAGAIN || socket_.blocked()) {
    WaitForWritable(true);
    return FlushResult::kBlocked;
  }
  return queue.empty() ? FlushResult::kDrained : FlushResult::kMore;
}

void WebSocketConnection::OnReady(uint32_t events) {
  kOnShard.AssertHeld();
  if (session_->state == SessionState::kEnded) return;
  if ((events & EPOLLOUT) != 0) {
    if (!socket_.FlushOutput()) return gate_.hub().OnDisconnected(*session_);
    WaitForWritable(socket_.blocked());
    ReadKept();
    gate_.hub().OnWritable(*session_);
  }
  if ((events & PollTarget::kReadable) == 0 || session_->state == SessionState::kEnded) return;
  if (!session_->asking) {
    if (ReadKept()) Read();
  } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    gate_.hub().OnDisconnected(*session_);
  } else {
    // Only now: a client that waits for its answer costs no system call.
    PauseReading(true);
  }
}

bool WebSocketConnection::ReadKept() {
  if (session_->asking) return false;
  const std::unique_ptr<std::string> kept = std::move(kept_);
  if (kept == nullptr) return session_->state != SessionState::kEnded;
  const std::span<char> scratch = gate_.hub().shard().scratch();
  std::string_view rest = *kept;
  while (!rest.empty() && session_->state != SessionState::kEnded) {
    const std::span<char> piece = scratch.first(std::min(rest.size(), scratch.size()));
    std::memcpy(piece.data(), rest.data(), piece.size());
    rest.remove_prefix(piece.size());
    Decode(piece);
    gate_.hub().OnHeard(*session_, piece.size());
    if (kept_ == nullptr) continue;
    kept_->append(rest);
    return false;
  }
  return session_->state != SessionState::kEnded && !session_->asking;
}

void WebSocketConnection::Read() {
  Hub& hub = gate_.hub();
  const std::span<char> scratch = hub.shard().scratch();
  const ssize_t got = socket_.Receive(scratch);
  const bool nothing = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (got <= 0 && !nothing) return hub.OnDisconnected(*session_);
  if (!nothing) {
    Decode(scratch.first(static_cast<size_t>(got)));
    hub.OnHeard(*session_, static_cast<size_t>(got));
  }
  // What TLS answered by itself.
  if (socket_.blocked()) WaitForWritable(true);
  // Broken behind what was read: no event would tell.
  if (socket_.lost() && session_->state != SessionState::kEnded) hub.OnDisconnected(*session_);
}

void WebSocketConnection::Decode(std::span<char> bytes) {
  if (discarding_) return;
  Inflater* const inflater = session_->deflate_bits != 0 ? &gate_.inflater() : nullptr;
  const WsDecoder::Verdict verdict =
      decoder_.Feed(bytes, gate_.context().ws_limits, *this, inflater);
  if (!verdict.ok()) {
    discarding_ = true;
    gate_.hub().Close(*session_, verdict.code, verdict.reason, LeaveReason::kDisconnected,
                      Hub::CloseMode::kAfterQueued);
    return;
  }
  if (verdict.left > 0) {
    const std::span<char> left = bytes.last(verdict.left);
    kept_ = std::make_unique<std::string>(left.data(), left.size());
  }
  if (!decoder_.mid_message()) {
    message_began_millis_ = 0;
  } else if (message_began_millis_ == 0) {
    message_began_millis_ = gate_.hub().now_millis();
  }
}

bool WebSocketConnection::OnWsMessage(bool text, std::string_view payload) {
  kOnShard.AssertHeld();
  message_began_millis_ = 0;
  gate_.hub().OnMessage(*session_, text, payload);
  return !session_->asking;
}

bool WebSocketConnection::OnWsPing(std::string_view payload) {
  kOnShard.AssertHeld();
  if (session_->state != SessionState::kOpen) return true;
  const LocalFramePtr pong = Localize(MakeWsFrame(Opcode::kPong, payload));
  gate_.hub().PushControl(*session_, *pong);
  return true;
}

bool WebSocketConnection::OnWsPong(std::string_view) {
  return true;
}

void WebSocketConnection::OnWsClose(uint16_t code, std::string_view) {
  kOnShard.AssertHeld();
  gate_.hub().OnPeerClose(*session_, code);
}

}  // namespace edge
