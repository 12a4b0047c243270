#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/base/check.h"
#include "edge/wire/ws_frame.h"

namespace edge {

// Asks again until `holds` or ten seconds have gone. Whether it held.
template <typename Condition>
bool Eventually(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

// A client of bare sockets that can misbehave in every way. No read waits longer than ten seconds.
class TestClient {
 public:
  struct Message {
    Opcode opcode = Opcode::kText;
    std::string payload;
    bool compressed = false;
  };

  explicit TestClient(const std::string& address) : TestClient() { Connect(address); }
  // A socket that is not connected yet.
  TestClient() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    GATEHOUSE_CHECK(fd_ >= 0, "no socket for a test client");
  }
  // The other side: a connection that a listener has accepted.
  static TestClient Accepted(int fd) { return TestClient(fd, 0); }
  TestClient(TestClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
  TestClient& operator=(TestClient other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(received_, other.received_);
    return *this;
  }
  ~TestClient() { Close(); }

  void Connect(const std::string& address) {
    const size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    const int connected = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    GATEHOUSE_CHECK(connected == 0, "a test client cannot connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  int fd() const { return fd_; }
  // Small, so that a server that writes is soon held up. Before Connect.
  void SetReceiveBuffer(int bytes) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  // False: the peer takes no more.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  bool SendFrame(Opcode opcode, std::string_view payload, bool fin = true) {
    return Send(MakeMaskedFrame(opcode, payload, 0x1badcafe, fin));
  }
  bool Say(std::string_view text) { return SendFrame(Opcode::kText, text); }
  bool SendClose(uint16_t code) {
    const char payload[2] = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return SendFrame(Opcode::kClose, {payload, 2});
  }
  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void Reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    Close();
  }

  // The head of an answer, with its empty line.
  std::string ReadHead() {
    size_t end;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return std::exchange(received_, {});
    }
    return Take(end + 4);
  }
  // So many bytes, or fewer at the end.
  std::string ReadSome(size_t size) {
    while (received_.size() < size && ReadMore()) {
    }
    return Take(std::min(size, received_.size()));
  }
  // Everything until the peer ends or resets the connection.
  std::string ReadAll() {
    while (ReadMore()) {
    }
    return std::exchange(received_, {});
  }
  // The next frame, which is a whole message: servers do not fragment here. Nothing at the end.
  std::optional<Message> ReadMessage() {
    while (true) {
      if (const size_t size = FrameSize(); size > 0) {
        const std::string frame = Take(size);
        const size_t header = WsHeaderSize(PayloadSize(frame));
        return Message{static_cast<Opcode>(frame[0] & 0x0f), frame.substr(header),
                       (static_cast<uint8_t>(frame[0]) & kCompressedBit) != 0};
      }
      if (!ReadMore()) return std::nullopt;
    }
  }
  // The next text message; empty at the end.
  std::string ReadText() {
    while (const std::optional<Message> message = ReadMessage()) {
      if (message->opcode == Opcode::kText) return message->payload;
    }
    return "";
  }
  // The next Close: its code and reason. {0, ""}: the connection ended without one.
  std::pair<uint16_t, std::string> ReadClose() {
    while (const std::optional<Message> message = ReadMessage()) {
      if (message->opcode != Opcode::kClose) continue;
      if (message->payload.size() < 2) return {1005, ""};
      const auto byte = [&](size_t at) { return static_cast<uint8_t>(message->payload[at]); };
      return {static_cast<uint16_t>(byte(0) << 8 | byte(1)), message->payload.substr(2)};
    }
    return {0, ""};
  }
  // Whether something can be read within `millis`: bytes or the end.
  bool Readable(int millis) {
    pollfd waits{.fd = fd_, .events = POLLIN, .revents = 0};
    return !received_.empty() || ::poll(&waits, 1, millis) > 0;
  }

 private:
  TestClient(int fd, int) : fd_(fd) {}
  std::string Take(size_t size) {
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }
  bool ReadMore() {
    pollfd waits{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waits, 1, 10000) <= 0) return false;
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<size_t>(got));
    return true;
  }
  static size_t PayloadSize(std::string_view frame) {
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(frame[at]); };
    size_t size = byte(1) & 0x7f;
    const size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extended > 0) size = 0;
    for (size_t i = 0; i < extended; ++i) size = size << 8 | byte(2 + i);
    return size;
  }
  // Of the first frame in received_; 0: it is not whole yet.
  size_t FrameSize() const {
    if (received_.size() < 2) return 0;
    const uint8_t short_size = static_cast<uint8_t>(received_[1]) & 0x7f;
    const size_t header = 2U + (short_size == 126 ? 2U : short_size == 127 ? 8U : 0U);
    if (received_.size() < header) return 0;
    const size_t size = header + PayloadSize(received_);
    return received_.size() >= size ? size : 0;
  }

  int fd_;
  std::string received_;
};

// A valid request for an upgrade. `headers`: further lines, each with its CRLF.
inline std::string UpgradeRequest(const std::string& target, const std::string& headers = "") {
  return "GET " + target +
         " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         headers + "\r\n";
}

// 101 for "HTTP/1.1 101 Switching Protocols…"; 0 for no HTTP answer.
inline int HttpStatusIn(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return std::atoi(std::string(answer.substr(9, 3)).c_str());
}

}  // namespace edge
