#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edge {

using Tags = std::vector<std::pair<std::string, std::string>>;

enum class ContentKind : uint8_t {
  kJson,    // valid JSON text, passed on byte for byte
  kText,    // valid UTF-8, becomes a JSON string
  kBinary,  // bytes, one binary message without an envelope
};

// One message as every protocol encodes it: views, valid while it is being encoded.
struct Publication {
  std::string_view room;  // empty: sent to a user or connection, not to a room
  uint64_t offset = 0;    // in the room; 0: none
  std::string_view user;  // empty: a service that named nobody
  ContentKind kind = ContentKind::kJson;
  std::string_view content;
  const Tags* tags = nullptr;
  int64_t unix_millis = 0;
};

// Somebody joined or left a room, as members are told where the namespace says so.
struct MemberEvent {
  bool joined = true;
  std::string_view room;
  std::string_view user;
  std::string_view info;  // raw JSON; empty: none
  int64_t unix_millis = 0;
};

}  // namespace edge
