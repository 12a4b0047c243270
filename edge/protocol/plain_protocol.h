#pragma once

#include "edge/protocol/client_protocol.h"

namespace edge {

// The plain protocol (docs/protocol.md): one JSON object a message.
class PlainJsonProtocol final : public ClientProtocol {
 public:
  std::string_view name() const override { return "plain"; }
  Encoding encoding() const override { return Encoding::kPlainWebSocket; }
  absl::Status Decode(std::string_view message, ClientCommand& command) const override;
  FramePtr EncodePublication(const Publication& publication) const override;
  FramePtr EncodeMemberEvent(const MemberEvent& event) const override;
  FramePtr EncodeReply(const ClientReply& reply) const override;
};

}  // namespace edge
