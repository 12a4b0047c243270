// DEPS base wire
//
// The scanner against simdjson's parser, and against itself: what one reader hands out the other
// accepts, and a text that was read comes back after it is escaped.
#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/json_scanner.h"
#include "edge/base/log.h"

namespace {

int DeepestNesting(std::string_view json) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest;
}

void CompareWithSimdjson(std::string_view text, bool valid) {
  static simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(text.data(), text.size()).get(element);
  if (error == simdjson::SUCCESS) {
    GATEHOUSE_CHECK(valid || DeepestNesting(text) > edge::kMaxJsonDepth, "JSON is refused");
  } else if (valid) {
    // The grammar allows lone surrogates and numbers that no double or integer holds.
    GATEHOUSE_CHECK(error == simdjson::STRING_ERROR || error == simdjson::NUMBER_ERROR,
                    simdjson::error_message(error));
  }
}

void CheckString(std::string_view raw) {
  const auto text = edge::JsonStringValue(raw);
  if (!text) return;
  std::string again = "\"";
  edge::AppendJsonEscaped(*text, again);
  again += '"';
  GATEHOUSE_CHECK(edge::IsValidJson(again), "an escaped text is no JSON string");
  GATEHOUSE_CHECK(edge::JsonStringValue(again) == text, "an escaped text comes back different");
}

void CheckReader(std::string_view text, bool valid) {
  edge::JsonObjectReader reader(text);
  while (reader.Next()) {
    GATEHOUSE_CHECK(edge::IsValidJson(reader.value()), "a member's value is no JSON");
    const std::string key = "\"" + std::string(reader.key()) + "\"";
    GATEHOUSE_CHECK(edge::IsValidJson(key), "a member's key is no JSON string");
    CheckString(key);
    if (edge::IsJsonString(reader.value())) CheckString(reader.value());
  }
  GATEHOUSE_CHECK(!reader.Next(), "a reader goes on after its end");
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool object = first != std::string_view::npos && text[first] == '{';
  GATEHOUSE_CHECK(reader.ok() == (valid && object), "reader and scanner disagree");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool valid = edge::IsValidJson(text);
  CheckReader(text, valid);
  // UTF-8 is checked before a text comes to the scanner.
  if (simdjson::validate_utf8(text.data(), text.size())) CompareWithSimdjson(text, valid);
  return 0;
}
