#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "edge/protocol/client_command.h"
#include "edge/protocol/client_reply.h"
#include "edge/protocol/publication.h"
#include "edge/wire/frame.h"

namespace edge {

// One way of putting a publication into bytes; all sessions with the same encoding share a frame.
enum class Encoding : uint8_t { kPlainWebSocket };
inline constexpr size_t kEncodingCount = 1;

// What a client speaks: bytes <-> commands and replies. Nothing outside protocol/ knows which one a
// session speaks.
//
// Stateless and immutable, so one object serves all shards.
class ClientProtocol {
 public:
  virtual ~ClientProtocol() = default;
  virtual std::string_view name() const = 0;
  virtual Encoding encoding() const = 0;

  // Reads one text message (valid UTF-8). kInvalidArgument says what is wrong; `command.id` is set
  // if it could be read, so that the error can name it.
  virtual absl::Status Decode(std::string_view message, ClientCommand& command) const = 0;

  // One allocation each.
  virtual FramePtr EncodePublication(const Publication& publication) const = 0;
  virtual FramePtr EncodeMemberEvent(const MemberEvent& event) const = 0;
  virtual FramePtr EncodeReply(const ClientReply& reply) const = 0;
};

// The protocol of a bare `new WebSocket(url)`: JSON, docs/protocol.md.
const ClientProtocol& PlainProtocol();
// Says every message as it came, without an envelope: `--debug-echo-listen`.
const ClientProtocol& EchoProtocol();

}  // namespace edge
