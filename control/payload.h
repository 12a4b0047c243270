#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "control/request_check.h"
#include "gatehouse/v1/control.pb.h"
#include "google/protobuf/map.h"

namespace control {

using Tags = google::protobuf::Map<std::string, std::string>;

// What is sent, whichever message holds the three kinds: Payload, or BroadcastRequest itself.
struct PayloadField {
  std::string_view field;  // empty: none is set
  edge::Payload::Kind kind = edge::Payload::Kind::kJson;
  std::string* bytes = nullptr;
};

template <typename Holder>
PayloadField PayloadOf(Holder& holder) {
  if (holder.has_json()) return {"json", edge::Payload::Kind::kJson, holder.mutable_json()};
  if (holder.has_text()) return {"text", edge::Payload::Kind::kText, holder.mutable_text()};
  if (holder.has_binary()) return {"binary", edge::Payload::Kind::kBinary, holder.mutable_binary()};
  return {};
}

// Checks the message and takes it: its payload (moved out; refused over `limit` bytes), its user
// and its tags. `path` goes before the payload's field ("payload.").
edge::Message ReadMessage(const PayloadField& payload, const std::string& user, const Tags& tags,
                          std::string_view path, size_t limit, RequestCheck& check);

}  // namespace control
