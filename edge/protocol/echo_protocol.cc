#include "edge/protocol/plain_protocol.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

// For conformance suites: the production session and codec round a protocol that does nothing.
class Echo final : public ClientProtocol {
 public:
  std::string_view name() const override { return "echo"; }
  Encoding encoding() const override { return Encoding::kPlainWebSocket; }
  absl::Status Decode(std::string_view, ClientCommand&) const override {
    return absl::UnimplementedError("an echo takes no commands");
  }
  FramePtr EncodePublication(const Publication& publication) const override {
    const bool binary = publication.kind == ContentKind::kBinary;
    return MakeWsFrame(binary ? Opcode::kBinary : Opcode::kText, publication.content);
  }
  FramePtr EncodeMemberEvent(const MemberEvent& event) const override {
    return PlainProtocol().EncodeMemberEvent(event);
  }
  FramePtr EncodeReply(const ClientReply& reply) const override {
    return PlainProtocol().EncodeReply(reply);
  }
};

}  // namespace

const ClientProtocol& EchoProtocol() {
  static const Echo protocol;
  return protocol;
}

}  // namespace edge
