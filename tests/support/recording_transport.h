#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "edge/session/transport.h"
#include "edge/wire/ws_frame.h"

namespace edge {

// The client's end of a RecordingTransport: what it got and what it does to the writer. Outlives
// the transport, which its session destroys.
struct RecordedConnection {
  static constexpr size_t kUnlimited = std::numeric_limits<size_t>::max();

  // What a client has been told before its first frame.
  static constexpr std::string_view kOpening = "OPEN\n";

  struct Message {
    Opcode opcode = Opcode::kText;
    std::string payload;  // as it was sent
    bool compressed = false;
    friend bool operator==(const Message&, const Message&) = default;
  };

  // ---- What the test sets ----
  size_t writable = kUnlimited;      // bytes the socket takes before it is full
  size_t per_write = kUnlimited;     // most that one write takes
  bool fail = false;                 // the next write fails
  int64_t message_began_millis = 0;  // an unfinished message of the client

  // ---- What the test sees ----
  std::string bytes;  // all that was written
  size_t flushes = 0;
  bool blocked = false;  // the last flush ended at a full socket
  bool opened = false;
  bool close_sent = false;
  bool destroyed = false;
  std::optional<absl::Status> refused;
  Session* session = nullptr;  // valid until `destroyed`

  // The complete frames that were written, without the opening.
  std::vector<Message> Messages() const {
    std::vector<Message> messages;
    std::string_view rest = bytes;
    if (rest.starts_with(kOpening)) rest.remove_prefix(kOpening.size());
    while (const std::optional<Message> next = TakeMessage(rest)) messages.push_back(*next);
    return messages;
  }
  // The payloads of the text frames among them.
  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const Message& message : Messages()) {
      if (message.opcode == Opcode::kText) texts.push_back(message.payload);
    }
    return texts;
  }
  // The code of the Close among them; 0: none, or one without a code.
  uint16_t CloseCode() const {
    for (const Message& message : Messages()) {
      if (message.opcode != Opcode::kClose || message.payload.size() < 2) continue;
      return static_cast<uint16_t>(Byte(message.payload, 0) << 8 | Byte(message.payload, 1));
    }
    return 0;
  }

 private:
  static uint8_t Byte(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

  static std::optional<Message> TakeMessage(std::string_view& rest) {
    if (rest.size() < 2) return std::nullopt;
    size_t length = Byte(rest, 1) & 0x7f;
    const size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (rest.size() < 2 + extended) return std::nullopt;
    if (extended > 0) length = 0;
    for (size_t i = 0; i < extended; ++i) length = length << 8 | Byte(rest, 2 + i);
    if (rest.size() - 2 - extended < length) return std::nullopt;
    Message message{static_cast<Opcode>(Byte(rest, 0) & 0x0f),
                    std::string(rest.substr(2 + extended, length)),
                    (Byte(rest, 0) & kCompressedBit) != 0};
    rest.remove_prefix(2 + extended + length);
    return message;
  }
};

// A transport over memory. Its socket can be told to be full, to take little at once, or to fail.
class RecordingTransport final : public Transport {
 public:
  explicit RecordingTransport(std::shared_ptr<RecordedConnection> connection)
      : connection_(std::move(connection)) {}
  ~RecordingTransport() override { connection_->destroyed = true; }

  void Attach(Session& session) override { connection_->session = &session; }
  std::string_view name() const override { return "recording"; }

  FlushResult Flush(OutboundQueue& queue) override {
    ++connection_->flushes;
    connection_->blocked = false;
    while (!queue.empty()) {
      if (connection_->fail) return FlushResult::kFailed;
      if (connection_->writable == 0) {
        connection_->blocked = true;
        return FlushResult::kBlocked;
      }
      Write(queue);
    }
    return FlushResult::kDrained;
  }

  LocalFramePtr Open() override {
    connection_->opened = true;
    return Localize(Frame::Copy(RecordedConnection::kOpening));
  }
  LocalFramePtr PingFrame() override { return Localize(MakeWsFrame(Opcode::kPing, "")); }
  LocalFramePtr CloseFrame(uint16_t code, std::string_view reason) override {
    return Localize(MakeCloseFrame(code, reason));
  }
  void Refuse(const absl::Status& status) override { connection_->refused = status; }
  void OnCloseSent() override { connection_->close_sent = true; }
  int64_t message_began_millis() const override { return connection_->message_began_millis; }

 private:
  void Write(OutboundQueue& queue) {
    std::array<iovec, 16> buffers;
    size_t room = std::min(connection_->writable, connection_->per_write);
    size_t written = 0;
    const size_t entries = queue.Gather(buffers);
    for (size_t i = 0; i < entries && room > 0; ++i) {
      const size_t size = std::min(buffers[i].iov_len, room);
      connection_->bytes.append(static_cast<const char*>(buffers[i].iov_base), size);
      written += size;
      room -= size;
    }
    if (connection_->writable != RecordedConnection::kUnlimited) connection_->writable -= written;
    queue.Consume(written);
  }

  std::shared_ptr<RecordedConnection> connection_;
};

}  // namespace edge
