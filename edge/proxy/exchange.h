#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "edge/proxy/body_decoder.h"
#include "edge/proxy/message_head.h"
#include "edge/proxy/pending_output.h"
#include "edge/proxy/proxy_context.h"
#include "edge/proxy/upstream_pool.h"

namespace edge {

class ProxyConnection;

// One request on its way to an upstream, and its answer on the way back. Bodies go through piece by
// piece, as they are read into the shard's scratch memory: neither side is read while the other has
// not taken what came, so at most one read (64 KiB) waits in each direction. A request that asked
// for a WebSocket and got it becomes a tunnel: bytes both ways until both sides have ended.
//
// Belongs to its client's connection, on its shard. It never destroys itself: it is `done`.
class Exchange {
 public:
  // `client` outlives it. The head is rebuilt here; its text need not live on.
  Exchange(ProxyConnection& client, const Route& route, const RequestHead& request);
  ~Exchange();

  // Takes a connection and sends. Behind what OnClientBytes was given with the head.
  void Start();

  // Takes what is the request's from the front of `bytes`, and returns how much it is.
  size_t OnClientBytes(std::span<char> bytes);
  void OnClientEnd();
  // The client has taken some of what waited for it.
  void OnProgress() { since_millis_ = now(); }
  // The client has taken all of it.
  void OnClientWritable() { WatchUpstream(); }
  void OnUpstreamReady(uint32_t events);
  void OnDue();

  // Whether more of the request can be taken now.
  bool WantsClientBytes() const;
  // When OnDue is to be called.
  int64_t due_millis() const;
  bool done() const { return done_; }
  // Of the client's connection, when it is done.
  bool keep_alive() const { return keep_alive_; }

 private:
  enum class Failure : uint8_t {
    kConnect,  // refused, unreachable, no socket
    kConnectTimeout,
    kClosed,   // ended, or reset, before its answer
    kInvalid,  // its answer is none
    kHeaderTimeout,
  };

  const UpstreamGroup& group() const { return pool_.group(wish_.group); }
  int64_t now() const { return pool_.shard().now_millis(); }
  bool connected() const { return upstream_ != nullptr && !upstream_->connecting(); }

  // The request's way (exchange_request.cc).
  void Connect();
  void FinishConnect();
  void FlushRequest();
  void SendPayload(std::span<char> payload);
  void EndRequest();
  bool MayRetry(Failure failure, bool stale) const;
  void Fail(Failure failure, std::string_view why);
  void Refuse(const Refusal& refusal);
  void DropUpstream();
  void WatchUpstream();

  // The answer's way (exchange_response.cc).
  void ReadUpstream();
  void OnResponseBytes(std::span<char> bytes);
  // The bytes behind the head that was read; nothing: none is whole, or it has failed.
  std::span<char> TakeHead(std::span<char> bytes, bool& complete);
  bool OnResponseHead(const ResponseHead& response);
  bool OnSwitch(const ResponseHead& response);
  void SendBody(std::span<char> bytes);
  void OnMalformedBody();
  void OnUpstreamEnd(bool broken);
  void Finish();
  void Abort();

  ProxyConnection& client_;
  UpstreamPool& pool_;
  ShardMetrics& metrics_;
  const ProxyContext& context_;
  UpstreamPool::Wish wish_;
  uint32_t attempts_ = 0;
  std::unique_ptr<UpstreamConnection> upstream_;

  BodyDecoder request_body_;
  PendingOutput request_out_;
  BodyDecoder response_body_;
  std::string response_head_;  // of what the upstream sends: a head that is not whole
  std::string answer_;  // of what the client gets: a head that waits for its body's first bytes
  BodyKind answer_body_ = BodyKind::kNone;

  int64_t since_millis_;  // of the last progress
  int64_t connect_due_millis_ = 0;
  bool resendable_;  // none of it is lost when it has been sent
  bool head_only_;
  bool client_http11_;
  bool wants_tunnel_;
  bool tunnel_ = false;
  bool request_done_ = false;    // all of it is in request_out_, or sent
  bool request_broken_ = false;  // the upstream takes no more of it
  bool answered_ = false;        // a byte of an answer came
  bool head_passed_ = false;     // the final head has been given to the client
  bool client_ended_ = false;
  bool upstream_ended_ = false;
  bool upstream_keep_alive_ = false;
  bool paused_ = false;  // the upstream has bytes that the client has no room for
  bool keep_alive_;
  bool done_ = false;
};

}  // namespace edge
