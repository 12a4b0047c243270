#include "edge/auth/presence_info.h"

#include <algorithm>

#include "edge/base/text.h"

namespace edge {
namespace {

// Calls `byte` for every byte outside of strings, `text` for every string with its quotes.
template <typename Byte, typename Text>
void ForEachPart(std::string_view json, Byte byte, Text text) {
  for (size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      byte(json[at++]);
      continue;
    }
    size_t end = at + 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    text(json.substr(at, end + 1 - at));
    at = end + 1;
  }
}

size_t DepthOf(std::string_view json) {
  size_t depth = 0;
  size_t deepest = 0;
  const auto count = [&](char c) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  };
  ForEachPart(json, count, [](std::string_view) {});
  return deepest;
}

}  // namespace

std::string CompactJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  const auto keep = [&](char c) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out += c;
  };
  ForEachPart(json, keep, [&](std::string_view text) { out += text; });
  return out;
}

absl::Status CheckPresenceInfo(std::string_view compact, size_t max_bytes) {
  if (compact.size() > max_bytes) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "is {} bytes, limit {} (client.max_presence_info_size)", compact.size(),
                 max_bytes);
  }
  if (const size_t depth = DepthOf(compact); depth > kMaxPresenceInfoDepth) {
    return Error(absl::StatusCode::kInvalidArgument, "is nested {} deep, limit {}", depth,
                 kMaxPresenceInfoDepth);
  }
  return absl::OkStatus();
}

}  // namespace edge
