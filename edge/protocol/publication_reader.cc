#include "edge/protocol/publication_reader.h"

#include "edge/base/json_scanner.h"

namespace edge {
namespace {

std::string Unescaped(std::string_view key) {
  std::string quoted = "\"";
  quoted.append(key).append("\"");
  return JsonStringValue(quoted).value_or("");
}

}  // namespace

std::optional<ReadPublication> ReadPlainPublication(std::string_view message) {
  ReadPublication read;
  bool has_content = false;
  JsonObjectReader reader(message);
  while (reader.Next()) {
    if (reader.key() == "user") {
      read.user = JsonStringValue(reader.value()).value_or("");
    } else if (reader.key() == "content") {
      read.content = std::string(reader.value());
      has_content = true;
    } else if (reader.key() == "tags") {
      JsonObjectReader tags(reader.value());
      while (tags.Next()) {
        read.tags.emplace_back(Unescaped(tags.key()), JsonStringValue(tags.value()).value_or(""));
      }
    }
  }
  if (!reader.ok() || !has_content) return std::nullopt;
  return read;
}

}  // namespace edge
