#include "edge/protocol/plain_protocol.h"

#include <charconv>
#include <optional>

#include "edge/base/json_scanner.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr size_t kMaxIdBytes = 255;

absl::Status BadRequest(std::string_view text) {
  return absl::InvalidArgumentError(ToAbsl(text));
}

// The members a client may send; anything else in the object is ignored, so that later versions can
// add to it.
struct Members {
  std::string_view type, content, room, id, token, after, method, params, since, limit, reverse;

  // Nothing when the key is not one of ours.
  std::string_view* Find(std::string_view key) {
    if (key == "type") return &type;
    if (key == "content") return &content;
    if (key == "room") return &room;
    if (key == "id") return &id;
    if (key == "token") return &token;
    if (key == "after") return &after;
    if (key == "method") return &method;
    if (key == "params") return &params;
    if (key == "since") return &since;
    if (key == "limit") return &limit;
    if (key == "reverse") return &reverse;
    return nullptr;
  }
};

absl::Status ReadMembers(std::string_view message, Members& members) {
  JsonObjectReader reader(message);
  while (reader.Next()) {
    std::string_view* const member = members.Find(reader.key());
    if (member == nullptr) continue;
    if (!member->empty()) {
      return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is given twice", reader.key());
    }
    *member = reader.value();
  }
  if (!reader.ok()) return BadRequest(reader.error());
  return absl::OkStatus();
}

absl::Status ReadText(std::string_view raw, std::string_view name, std::string& out) {
  if (raw.empty()) return absl::OkStatus();
  std::optional<std::string> text = JsonStringValue(raw);
  if (!text) return Error(absl::StatusCode::kInvalidArgument, "\"{}\" is not a string", name);
  out = *std::move(text);
  return absl::OkStatus();
}

absl::Status CheckId(std::string_view raw) {
  if (raw.empty()) return absl::OkStatus();
  const bool number = raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9');
  if (!IsJsonString(raw) && !number) return BadRequest("\"id\" is neither a string nor a number");
  if (raw.size() > kMaxIdBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "\"id\" is {} bytes, limit {}", raw.size(),
                 kMaxIdBytes);
  }
  return absl::OkStatus();
}

absl::Status ReadCall(const Members& members, ClientCommand& command) {
  constexpr size_t kMaxMethodBytes = 255;
  if (members.id.empty()) return BadRequest("\"id\" is missing");
  RETURN_IF_ERROR(ReadText(members.method, "method", command.method));
  if (command.method.empty()) return BadRequest("\"method\" is missing");
  if (command.method.size() > kMaxMethodBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "\"method\" is {} bytes, limit {}",
                 command.method.size(), kMaxMethodBytes);
  }
  command.content = members.params;
  return absl::OkStatus();
}

template <typename Number>
bool ReadNumber(std::string_view raw, Number& out) {
  const char* const end = raw.data() + raw.size();
  const auto read = std::from_chars(raw.data(), end, out);
  return read.ec == std::errc() && read.ptr == end;
}

// {"epoch":"8d1f20c6a94be357","offset":42}, or both in a string as in the URL.
absl::Status ReadSince(std::string_view raw, std::optional<RoomPosition>& out) {
  if (raw.empty()) return absl::OkStatus();
  if (IsJsonString(raw)) {
    if (const auto text = JsonStringValue(raw)) out = ParseRoomPosition(*text);
  } else if (raw.front() == '{') {
    std::optional<uint64_t> epoch;
    uint64_t offset = 0;
    bool has_offset = false;
    JsonObjectReader reader(raw);
    while (reader.Next()) {
      if (reader.key() == "offset") has_offset = ReadNumber(reader.value(), offset);
      if (reader.key() != "epoch") continue;
      if (const auto text = JsonStringValue(reader.value())) epoch = ParseEpoch(*text);
    }
    if (reader.ok() && epoch && has_offset) out = RoomPosition{*epoch, offset};
  }
  if (out) return absl::OkStatus();
  return BadRequest("\"since\" is no position: {\"epoch\":\"16 hex digits\",\"offset\":N}");
}

absl::Status ReadHistory(const Members& members, ClientCommand& command) {
  RETURN_IF_ERROR(ReadSince(members.since, command.since));
  if (!members.limit.empty() && !ReadNumber(members.limit, command.limit)) {
    return BadRequest("\"limit\" is no number of publications");
  }
  command.reverse = members.reverse == "true";
  return absl::OkStatus();
}

std::optional<ClientCommand::Kind> KindOf(std::string_view type) {
  using Kind = ClientCommand::Kind;
  if (type == "\"presence\"") return Kind::kPresence;
  if (type == "\"join\"") return Kind::kJoin;
  if (type == "\"leave\"") return Kind::kLeave;
  if (type == "\"ping\"") return Kind::kPing;
  if (type == "\"refresh\"") return Kind::kRefresh;
  if (type == "\"publish\"") return Kind::kPublish;
  if (type == "\"rpc\"") return Kind::kRpc;
  if (type == "\"history\"") return Kind::kHistory;
  return std::nullopt;
}

}  // namespace

absl::Status PlainJsonProtocol::Decode(std::string_view message, ClientCommand& command) const {
  Members members;
  const absl::Status read = ReadMembers(message, members);
  const absl::Status id = CheckId(members.id);
  if (id.ok()) command.id = members.id;
  RETURN_IF_ERROR(read);
  RETURN_IF_ERROR(id);
  RETURN_IF_ERROR(ReadText(members.room, "room", command.room));
  if (members.type.empty()) {
    command.kind = ClientCommand::Kind::kPublish;
  } else if (const auto kind = KindOf(members.type)) {
    command.kind = *kind;
  } else {
    return BadRequest(
        "unknown \"type\"; known: publish, presence, history, join, leave, ping, refresh, rpc");
  }
  switch (command.kind) {
    case ClientCommand::Kind::kPublish:
      if (members.content.empty()) return BadRequest("\"content\" is missing");
      command.content = members.content;
      break;
    case ClientCommand::Kind::kRefresh:
      RETURN_IF_ERROR(ReadText(members.token, "token", command.token));
      break;
    case ClientCommand::Kind::kPresence:
      RETURN_IF_ERROR(ReadText(members.after, "after", command.after));
      break;
    case ClientCommand::Kind::kJoin:
      RETURN_IF_ERROR(ReadSince(members.since, command.since));
      [[fallthrough]];
    case ClientCommand::Kind::kLeave:
      if (command.room.empty()) return BadRequest("\"room\" is missing");
      break;
    case ClientCommand::Kind::kHistory:
      return ReadHistory(members, command);
    case ClientCommand::Kind::kRpc:
      return ReadCall(members, command);
    case ClientCommand::Kind::kPing:
      break;
  }
  return absl::OkStatus();
}

const ClientProtocol& PlainProtocol() {
  static const PlainJsonProtocol protocol;
  return protocol;
}

}  // namespace edge
