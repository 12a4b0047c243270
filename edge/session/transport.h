#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "edge/session/outbound_queue.h"
#include "edge/wire/frame.h"

namespace edge {

class SendBatch;
class Session;

// Over what a session reaches its client. Belongs to its session, on its shard.
class Transport {
 public:
  enum class FlushResult : uint8_t {
    kDrained,  // the queue is empty
    kBlocked,  // the socket is full; the transport flushes again by itself when it is not
    kMore,     // this turn's share is written; flush again next turn
    kFailed,   // the connection is lost
  };

  virtual ~Transport() = default;
  // Names the session it belongs to, which outlives it. Once, before anything else.
  virtual void Attach(Session& session) = 0;
  // "websocket".
  virtual std::string_view name() const = 0;

  // Writes what waits, in one gathered write, without waiting.
  virtual FlushResult Flush(OutboundQueue& queue) = 0;
  // The same in two halves: puts the write into `batch`, with the session as its owner, and is told
  // what it returned. The queue may grow in between and is not touched otherwise. False: it must be
  // flushed by itself.
  virtual bool AddTo(SendBatch&, const OutboundQueue&) { return false; }
  virtual FlushResult OnSent(OutboundQueue&, int) { return FlushResult::kFailed; }

  // The session is admitted: begins to read, and gives the bytes that tell the client so, which go
  // before anything else.
  virtual LocalFramePtr Open() = 0;
  // What tells a client to answer, and what tells it goodbye.
  virtual LocalFramePtr PingFrame() = 0;
  virtual LocalFramePtr CloseFrame(uint16_t code, std::string_view reason) = 0;
  // The admission failed: answers the client as the transport does it and lets go of the socket,
  // which outlives this object until the answer is sent.
  virtual void Refuse(const absl::Status& status) = 0;
  // While Session::asking is set no message is handed over: the transport stops reading when one
  // more would come. This ends that; what waits is handed over in a later turn, never from within.
  virtual void ResumeReading() {}
  // The closing frame has been written: no more will be.
  virtual void OnCloseSent() = 0;
  // When a message began that has not ended, in monotonic milliseconds; 0: none is under way.
  virtual int64_t message_began_millis() const = 0;
};

}  // namespace edge
