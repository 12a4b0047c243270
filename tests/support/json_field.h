#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "edge/base/json_scanner.h"

namespace edge {

// The raw value of a member of a JSON object; empty when it is not there.
inline std::string JsonField(std::string_view object, std::string_view name) {
  JsonObjectReader reader(object);
  while (reader.Next()) {
    if (reader.key() == name) return std::string(reader.value());
  }
  return "";
}

inline uint64_t JsonNumber(std::string_view object, std::string_view name) {
  return std::strtoull(JsonField(object, name).c_str(), nullptr, 10);
}

}  // namespace edge
