#include <fmt/format.h>

#include <array>
#include <iterator>

#include "edge/base/clock.h"
#include "edge/base/log.h"
#include "edge/base/room_position.h"
#include "edge/base/text.h"
#include "edge/protocol/error_code.h"
#include "edge/protocol/plain_protocol.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

// Builds one JSON object by appending; every member's name is a literal of ours.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    out_ += '"';
    AppendJsonEscaped(value, out_);
    out_ += '"';
  }
  void Raw(std::string_view name, std::string_view json) {
    Name(name);
    out_ += json;
  }
  void Number(std::string_view name, uint64_t value) {
    Name(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
  }
  void Time(std::string_view name, int64_t unix_millis) {
    Name(name);
    out_ += '"';
    AppendRfc3339(unix_millis, out_);
    out_ += '"';
  }
  // The start of a member whose value the caller appends to the text itself.
  void Name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_.append("\"").append(name).append("\":");
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

// Text is built here, then copied once into its frame. One a thread, so that it keeps its capacity.
std::string& Scratch() {
  thread_local std::string scratch;
  scratch.clear();
  return scratch;
}

FramePtr ToFrame(const std::string& text) {
  return MakeWsFrame(Opcode::kText, text);
}

void WriteTags(const Tags& tags, ObjectWriter& writer, std::string& out) {
  writer.Name("tags");
  ObjectWriter members(out);
  for (const auto& [key, value] : tags) {
    std::string escaped;
    AppendJsonEscaped(key, escaped);
    members.Text(escaped, value);
  }
  members.End();
}

constexpr std::array<std::string_view, 11> kReplyTypes = {"welcome", "ack",   "pong",    "presence",
                                                          "join",    "leave", "removed", "refresh",
                                                          "error",   "rpc",   "history"};

void WritePosition(const RoomPosition& position, ObjectWriter& writer) {
  writer.Number("offset", position.offset);
  writer.Text("epoch", FormatEpoch(position.epoch));
}

void WriteRecovered(std::optional<bool> recovered, ObjectWriter& writer) {
  if (recovered) writer.Raw("recovered", *recovered ? "true" : "false");
}

void WritePresent(const ClientReply& reply, ObjectWriter& writer, std::string& out) {
  writer.Number("user_count", reply.user_count);
  writer.Number("connection_count", reply.connection_count);
  writer.Name("users");
  out += '[';
  bool first = true;
  for (const ClientReply::PresentUser& user : *reply.present) {
    if (!first) out += ',';
    first = false;
    ObjectWriter entry(out);
    entry.Text("user", user.user);
    entry.Number("connections", user.connections);
    if (!user.info.empty()) entry.Raw("info", user.info);
    entry.End();
  }
  out += ']';
  if (!reply.next.empty()) writer.Text("next", reply.next);
}

void WriteWelcome(const ClientReply& reply, ObjectWriter& writer, std::string& out) {
  writer.Text("user", reply.user);
  writer.Text("connection", reply.connection);
  writer.Name("rooms");
  out += '[';
  bool first = true;
  for (const ClientReply::WelcomeRoom& room : *reply.rooms) {
    if (!first) out += ',';
    first = false;
    ObjectWriter entry(out);
    entry.Text("room", room.room);
    WritePosition(room.position, entry);
    WriteRecovered(room.recovered, entry);
    entry.End();
  }
  out += ']';
}

void WriteHistory(const ClientReply& reply, ObjectWriter& writer, std::string& out) {
  WritePosition(reply.position, writer);
  writer.Name("publications");
  out += '[';
  bool first = true;
  for (const FramePtr& frame : *reply.publications) {
    if (!first) out += ',';
    first = false;
    out += WsPayload(frame->bytes());
  }
  out += ']';
  if (reply.more) writer.Raw("more", "true");
}

}  // namespace

FramePtr PlainJsonProtocol::EncodePublication(const Publication& publication) const {
  if (publication.kind == ContentKind::kBinary) {
    return MakeWsFrame(Opcode::kBinary, publication.content);
  }
  std::string& out = Scratch();
  ObjectWriter writer(out);
  if (!publication.user.empty()) writer.Text("user", publication.user);
  if (publication.kind == ContentKind::kJson) {
    writer.Raw("content", publication.content);
  } else {
    writer.Text("content", publication.content);
  }
  writer.Time("ts", publication.unix_millis);
  if (!publication.room.empty()) {
    writer.Text("room", publication.room);
    writer.Number("offset", publication.offset);
  }
  if (publication.tags != nullptr && !publication.tags->empty()) {
    WriteTags(*publication.tags, writer, out);
  }
  writer.End();
  return ToFrame(out);
}

FramePtr PlainJsonProtocol::EncodeMemberEvent(const MemberEvent& event) const {
  std::string& out = Scratch();
  ObjectWriter writer(out);
  writer.Text("type", event.joined ? "joined" : "left");
  writer.Text("room", event.room);
  writer.Text("user", event.user);
  if (!event.info.empty()) writer.Raw("info", event.info);
  writer.Time("ts", event.unix_millis);
  writer.End();
  return ToFrame(out);
}

FramePtr PlainJsonProtocol::EncodeReply(const ClientReply& reply) const {
  using Kind = ClientReply::Kind;
  std::string& out = Scratch();
  ObjectWriter writer(out);
  writer.Text("type", kReplyTypes[static_cast<size_t>(reply.kind)]);
  if (!reply.id.empty()) writer.Raw("id", reply.id);
  if (!reply.room.empty()) writer.Text("room", reply.room);
  if (reply.kind == Kind::kAck || reply.kind == Kind::kJoined) {
    WritePosition(reply.position, writer);
    WriteRecovered(reply.recovered, writer);
  } else if (reply.kind == Kind::kHistory) {
    WriteHistory(reply, writer, out);
  } else if (reply.kind == Kind::kPresence) {
    WritePresent(reply, writer, out);
  } else if (reply.kind == Kind::kWelcome) {
    WriteWelcome(reply, writer, out);
  } else if (reply.kind == Kind::kRpc) {
    writer.Raw("result", reply.result);
  } else if (reply.kind == Kind::kError) {
    writer.Text("code", ClientErrorCode(reply.status));
    writer.Text("message", ToStd(reply.status.message()));
  }
  if (reply.expires_unix_millis != 0) writer.Time("expires", reply.expires_unix_millis);
  writer.End();
  return ToFrame(out);
}

}  // namespace edge
