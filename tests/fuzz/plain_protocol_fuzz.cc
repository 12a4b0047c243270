// DEPS base wire protocol
//
// Whatever a client says, a command that is accepted holds valid JSON, and every answer and
// publication made of its parts is valid JSON again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/base/check.h"
#include "edge/base/json_scanner.h"
#include "edge/protocol/client_protocol.h"
#include "edge/wire/utf8.h"
#include "tests/edge/protocol/frame_text.h"

namespace {

void CheckJson(const edge::FramePtr& frame) {
  const std::string text = edge::TextOf(frame);
  // The envelope is one level more than the content may have.
  edge::JsonObjectReader reader(text);
  while (reader.Next()) {
  }
  edge::Utf8Checker utf8;
  GATEHOUSE_CHECK(utf8.Feed(text) && utf8.complete(), "what is sent is not UTF-8");
  GATEHOUSE_CHECK(reader.ok(), "what is sent is no JSON object");
}

void CheckReplies(const edge::ClientCommand& command) {
  const edge::ClientProtocol& plain = edge::PlainProtocol();
  const std::vector<edge::ClientReply::PresentUser> present = {{command.room, 1, ""}};
  const std::vector<edge::ClientReply::WelcomeRoom> rooms = {{command.token, {2, 1}, true}};
  const std::vector<edge::FramePtr> publications;
  for (int kind = 0; kind <= static_cast<int>(edge::ClientReply::Kind::kHistory); ++kind) {
    edge::ClientReply reply{.kind = static_cast<edge::ClientReply::Kind>(kind),
                            .id = command.id,
                            .room = command.room,
                            .position = command.since.value_or(edge::RoomPosition()),
                            .publications = &publications,
                            .user = command.token,
                            .rooms = &rooms,
                            .present = &present,
                            .next = command.after};
    if (reply.kind == edge::ClientReply::Kind::kRpc) reply.result = "null";
    reply.status = absl::InvalidArgumentError(command.room);
    CheckJson(plain.EncodeReply(reply));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  edge::Utf8Checker utf8;
  if (!utf8.Feed(message) || !utf8.complete()) return 0;  // the codec has refused it
  const edge::ClientProtocol& plain = edge::PlainProtocol();
  edge::ClientCommand command;
  const absl::Status status = plain.Decode(message, command);
  CheckReplies(command);
  if (!status.ok()) {
    GATEHOUSE_CHECK(status.code() == absl::StatusCode::kInvalidArgument, "another status");
    return 0;
  }
  GATEHOUSE_CHECK(command.id.empty() || edge::IsValidJson(command.id), "the id is no JSON");
  if (command.kind == edge::ClientCommand::Kind::kPublish) {
    GATEHOUSE_CHECK(edge::IsValidJson(command.content), "the content is no JSON");
    edge::Publication publication{.room = command.room,
                                  .offset = 1,
                                  .user = command.room,
                                  .kind = edge::ContentKind::kJson,
                                  .content = command.content};
    CheckJson(plain.EncodePublication(publication));
    publication.kind = edge::ContentKind::kText;
    publication.content = message;
    CheckJson(plain.EncodePublication(publication));
    CheckJson(plain.EncodeMemberEvent(
        {.room = command.room, .user = command.room, .info = command.content}));
  }
  return 0;
}
