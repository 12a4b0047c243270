#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "edge/protocol/publication.h"

namespace edge {

// A publication read back from the frame that the plain protocol made of it: what a room keeps.
struct ReadPublication {
  std::string user;
  std::string content;  // JSON text; what was published as text is a JSON string now
  Tags tags;
};

// `message`: the payload of a text frame. Nothing when it is none of EncodePublication's.
std::optional<ReadPublication> ReadPlainPublication(std::string_view message);

}  // namespace edge
