#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "edge/base/text.h"

// What names are allowed, in one place for clients, tokens and the control API.
namespace edge {

inline constexpr size_t kMaxNameBytes = 255;

inline bool IsRoomNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.:#@/=+~,!$").find(c) != std::string_view::npos;
}

// Rooms: 1 to 255 of A-Z a-z 0-9 _ - . : # @ / = + ~ , ! $. kInvalidArgument names what is wrong.
inline absl::Status CheckRoomName(std::string_view name) {
  if (name.empty()) return Error(absl::StatusCode::kInvalidArgument, "room name is empty");
  if (name.size() > kMaxNameBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "room name is {} bytes, limit {}", name.size(),
                 kMaxNameBytes);
  }
  for (size_t i = 0; i < name.size(); ++i) {
    if (!IsRoomNameCharacter(name[i])) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "room name has a byte 0x{:02x} at {}; allowed: A-Z a-z 0-9 _-.:#@/=+~,!$",
                   static_cast<unsigned char>(name[i]), i);
    }
  }
  return absl::OkStatus();
}

// Patterns of rooms: 1 to 255 of a room name's characters and '*'. kInvalidArgument names what is
// wrong.
inline absl::Status CheckRoomPattern(std::string_view pattern) {
  if (pattern.empty()) return absl::InvalidArgumentError("a room pattern is empty");
  if (pattern.size() > kMaxNameBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "a room pattern is {} bytes, limit {}",
                 pattern.size(), kMaxNameBytes);
  }
  for (const char c : pattern) {
    if (c == '*' || IsRoomNameCharacter(c)) continue;
    return absl::InvalidArgumentError("a room pattern has a character that room names do not have");
  }
  return absl::OkStatus();
}

// Users: 1 to 255 bytes, no control characters. UTF-8 is checked where the bytes come in.
inline absl::Status CheckUserId(std::string_view user) {
  if (user.empty()) return Error(absl::StatusCode::kInvalidArgument, "user is empty");
  if (user.size() > kMaxNameBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "user is {} bytes, limit {}", user.size(),
                 kMaxNameBytes);
  }
  for (const char c : user) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Error(absl::StatusCode::kInvalidArgument, "user has a control character 0x{:02x}",
                   static_cast<unsigned char>(c));
    }
  }
  return absl::OkStatus();
}

// The part of a room's name before its first ':'; empty when there is none.
inline std::string_view NamespaceOf(std::string_view room) {
  const size_t colon = room.find(':');
  return colon == std::string_view::npos ? std::string_view() : room.substr(0, colon);
}

}  // namespace edge
