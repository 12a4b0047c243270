#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "edge/base/shard_thread.h"
#include "edge/session/session.h"
#include "edge/session/transport.h"
#include "edge/shard/poller.h"
#include "edge/transport/socket.h"
#include "edge/wire/ws_decoder.h"

namespace edge {

class HttpGate;

// A session's WebSocket after the upgrade: the socket, our codec, nothing else. Idle it holds no
// buffer: it reads into the shard's scratch memory, and only an unfinished message keeps bytes.
// Belongs to its session, on its shard.
class WebSocketConnection final : public Transport, public PollTarget, private WsSink {
 public:
  // `extensions`: the answer's Sec-WebSocket-Extensions, or empty. `leftover`: what came together
  // with the request, the beginning of the client's frames.
  WebSocketConnection(HttpGate& gate, Socket socket, std::string accept_key,
                      std::string subprotocol, std::string extensions, std::string leftover);
  ~WebSocketConnection() override;

  // Transport
  std::string_view name() const override { return "websocket"; }
  void Attach(Session& session) override { session_ = &session; }
  FlushResult Flush(OutboundQueue& queue) override;
  bool AddTo(SendBatch& batch, const OutboundQueue& queue) override;
  FlushResult OnSent(OutboundQueue& queue, int result) override;
  LocalFramePtr Open() override;
  LocalFramePtr PingFrame() override;
  LocalFramePtr CloseFrame(uint16_t code, std::string_view reason) override;
  void Refuse(const absl::Status& status) override;
  void ResumeReading() override;
  void OnCloseSent() override;
  int64_t message_began_millis() const override { return message_began_millis_; }

  // PollTarget
  void OnReady(uint32_t events) override;

 private:
  // What is needed until the client has been answered.
  struct Handshake {
    std::string accept_key;
    std::string subprotocol;
    std::string extensions;
  };

  // WsSink
  bool OnWsMessage(bool text, std::string_view payload) override;
  bool OnWsPing(std::string_view payload) override;
  bool OnWsPong(std::string_view payload) override;
  void OnWsClose(uint16_t code, std::string_view reason) override;

  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Decode(std::span<char> bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Decodes what was kept. False: not all of it, or the session has ended.
  bool ReadKept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void WaitForWritable(bool wait);
  void PauseReading(bool pause);
  void UpdatePoller();

  HttpGate& gate_;
  Session* session_ = nullptr;
  Socket socket_;
  WsDecoder decoder_;
  std::unique_ptr<Handshake> handshake_;
  // Bytes of the client that have been read and not decoded: what came with the request, or behind
  // a message about which the application is asked. Null: none. At most one read's worth.
  std::unique_ptr<std::string> kept_;
  int64_t message_began_millis_ = 0;
  bool registered_ = false;
  bool awaits_writable_ = false;
  bool reading_paused_ = false;
  bool discarding_ = false;  // broken frames came: only the end of the connection is waited for
};

}  // namespace edge
