#include "control/request_check.h"

#include <fmt/format.h>

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "control/status_details.h"
#include "edge/base/name_rules.h"
#include "edge/base/text.h"

namespace control {
namespace {

constexpr uint32_t kMaxPageSize = 1000;
constexpr uint32_t kDefaultPageSize = 100;

}  // namespace

std::string FieldPath::ToString() const {
  return index < 0 ? std::string(name) : fmt::format("{}[{}]", name, index);
}

void RequestCheck::Refuse(FieldPath field, std::string_view description) {
  auto& violation = violations_.emplace_back();
  violation.set_field(path_ + field.ToString());
  violation.set_description(std::string(description));
}

absl::Status RequestCheck::status() const {
  return violations_.empty() ? denied_ : BadRequestStatus(violations_);
}

void RequestCheck::Take(FieldPath field, const absl::Status& status) {
  if (!status.ok()) Refuse(field, edge::ToStd(status.message()));
}

void RequestCheck::Cover(FieldPath field, const std::string& name, std::string_view prefix) {
  if (!denied_.ok() || scopes_.MayNameRoom(prefix)) return;
  denied_ = WithReason(
      edge::Error(absl::StatusCode::kPermissionDenied,
                  "{}{}: the caller may not name the room '{}'", path_, field.ToString(), name),
      "ROOM_NOT_ALLOWED");
}

edge::RoomName RequestCheck::Room(FieldPath field, const std::string& name) {
  const absl::Status status = edge::CheckRoomName(name);
  Take(field, status);
  if (status.ok()) Cover(field, name, name);
  return edge::RoomName(name);
}

std::vector<std::string> RequestCheck::Patterns(std::string_view field, const Names& patterns,
                                                size_t limit) {
  std::vector<std::string> result;
  if (!CheckCount(field, static_cast<size_t>(patterns.size()), limit, "patterns")) return result;
  for (int i = 0; i < patterns.size(); ++i) {
    const std::string& pattern = patterns[i];
    const absl::Status status = edge::CheckRoomPattern(pattern);
    Take({field, i}, status);
    // All that it matches begins with what stands before its first '*'.
    if (status.ok()) Cover({field, i}, pattern, pattern.substr(0, pattern.find('*')));
    result.push_back(pattern);
  }
  CheckEachOnce(field, patterns);
  return result;
}

std::optional<edge::RoomName> RequestCheck::OptionalRoom(FieldPath field, const std::string& name) {
  if (name.empty()) return std::nullopt;
  return Room(field, name);
}

void RequestCheck::NeedAllRooms(std::string_view what) {
  if (!scopes_.restricted_to_rooms() || !denied_.ok()) return;
  denied_ = WithReason(edge::Error(absl::StatusCode::kPermissionDenied,
                                   "the caller is limited to rooms by prefix, {}", what),
                       "ROOM_NOT_ALLOWED");
}

bool RequestCheck::CheckCount(std::string_view field, size_t count, size_t limit,
                              std::string_view what) {
  if (count <= limit) return true;
  Refuse(field, fmt::format("{} {}, limit {}", count, what, limit));
  return false;
}

void RequestCheck::CheckEachOnce(std::string_view field, const Names& names) {
  if (names.size() < 2) return;
  absl::flat_hash_set<absl::string_view> seen;
  seen.reserve(static_cast<size_t>(names.size()));
  for (int i = 0; i < names.size(); ++i) {
    if (!seen.insert(edge::ToAbsl(names[i])).second) {
      Refuse({field, i}, "is given twice");
    }
  }
}

std::vector<edge::RoomName> RequestCheck::Rooms(std::string_view field, const Names& names,
                                                size_t limit) {
  std::vector<edge::RoomName> rooms;
  if (names.empty()) Refuse(field, fmt::format("no room is named; 1 to {} are allowed", limit));
  if (!CheckCount(field, static_cast<size_t>(names.size()), limit, "rooms")) return rooms;
  rooms.reserve(static_cast<size_t>(names.size()));
  for (int i = 0; i < names.size(); ++i) {
    rooms.push_back(Room({field, i}, names[i]));
  }
  CheckEachOnce(field, names);
  return rooms;
}

edge::UserId RequestCheck::User(FieldPath field, const std::string& name) {
  Take(field, edge::CheckUserId(name));
  return edge::UserId(name);
}

std::optional<edge::UserId> RequestCheck::OptionalUser(FieldPath field, const std::string& name) {
  if (name.empty()) return std::nullopt;
  return User(field, name);
}

std::vector<edge::UserId> RequestCheck::Users(std::string_view field, const Names& names) {
  std::vector<edge::UserId> users;
  if (!CheckCount(field, static_cast<size_t>(names.size()), kMaxTargets, "users")) return users;
  users.reserve(static_cast<size_t>(names.size()));
  for (int i = 0; i < names.size(); ++i) {
    users.push_back(User({field, i}, names[i]));
  }
  return users;
}

edge::ConnectionId RequestCheck::Connection(FieldPath field, const std::string& text) {
  const std::optional<edge::ConnectionId> id = edge::ConnectionId::Parse(text);
  if (!id) Refuse(field, "is no connection id: 32 lower-case hex digits");
  return id.value_or(edge::ConnectionId());
}

std::vector<edge::ConnectionId> RequestCheck::Connections(std::string_view field,
                                                          const Names& names) {
  std::vector<edge::ConnectionId> connections;
  if (!CheckCount(field, static_cast<size_t>(names.size()), kMaxTargets, "connections")) {
    return connections;
  }
  connections.reserve(static_cast<size_t>(names.size()));
  for (int i = 0; i < names.size(); ++i) {
    connections.push_back(Connection({field, i}, names[i]));
  }
  return connections;
}

void RequestCheck::NeedTargets(std::string_view field, const Names& names) {
  if (names.empty()) Refuse(field, fmt::format("is empty; 1 to {} are allowed", kMaxTargets));
  if (static_cast<size_t>(names.size()) <= kMaxTargets) CheckEachOnce(field, names);
}

std::string RequestCheck::TokenId(FieldPath field, const std::string& id) {
  if (id.size() > edge::kMaxNameBytes) {
    Refuse(field, fmt::format("is {} bytes, limit {}", id.size(), edge::kMaxNameBytes));
  }
  for (const char c : id) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) continue;
    Refuse(field, "has a control character");
    break;
  }
  return id;
}

edge::Page RequestCheck::Page(uint32_t page_size, const std::string& page_token) {
  if (page_size > kMaxPageSize) {
    Refuse("page_size", fmt::format("is {}, limit {}", page_size, kMaxPageSize));
  }
  if (page_token.size() > kMaxPageTokenBytes) {
    Refuse("page_token", "is not the next_page_token of a page before");
  }
  return {.size = page_size == 0 ? kDefaultPageSize : page_size, .token = page_token};
}

std::string RequestCheck::CloseReason(FieldPath field, const std::string& reason) {
  if (reason.size() > kMaxReasonBytes) {
    Refuse(field, fmt::format("is {} bytes, limit {}", reason.size(), kMaxReasonBytes));
  }
  return reason;
}

int64_t RequestCheck::Millis(FieldPath field, const google::protobuf::Duration& duration) {
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // google.protobuf.Duration: 10,000 years
  constexpr int32_t kNanosPerMilli = 1'000'000;
  constexpr int32_t kNanosPerSecond = 1'000'000'000;
  if (duration.seconds() < 0 || duration.nanos() < 0) {
    Refuse(field, "is negative");
    return 0;
  }
  if (duration.seconds() > kMaxSeconds || duration.nanos() >= kNanosPerSecond) {
    Refuse(field, "is no duration: at most 315576000000 seconds and 999999999 nanoseconds");
    return 0;
  }
  return duration.seconds() * 1000 + (duration.nanos() + kNanosPerMilli - 1) / kNanosPerMilli;
}

int64_t RequestCheck::UnixMillis(FieldPath field, const google::protobuf::Timestamp& time) {
  constexpr int64_t kMaxSeconds = 253'402'300'799;  // google.protobuf.Timestamp: the year 9999
  constexpr int32_t kNanosPerMilli = 1'000'000;
  constexpr int32_t kNanosPerSecond = 1'000'000'000;
  const bool sound = time.seconds() >= 0 && time.seconds() <= kMaxSeconds && time.nanos() >= 0 &&
                     time.nanos() < kNanosPerSecond;
  const int64_t millis = sound ? time.seconds() * 1000 + time.nanos() / kNanosPerMilli : 0;
  if (millis == 0) Refuse(field, "is no time after 1970 and up to 9999");
  return millis;
}

}  // namespace control
