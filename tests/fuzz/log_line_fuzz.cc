// DEPS base wire
//
// Whatever bytes are logged, the line is one line, UTF-8 and JSON, and redacting twice changes
// nothing.
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string line =
      edge::FormatLogLine(edge::LogLevel::kInfo, text, {{"target", text}, {text, text}}, 0);
  static simdjson::dom::parser parser;
  simdjson::dom::element element;
  GATEHOUSE_CHECK(line.find('\n') == std::string::npos, "a line has a line end in it");
  GATEHOUSE_CHECK(parser.parse(line).get(element) == simdjson::SUCCESS, "a line is no JSON");

  const std::string redacted = edge::RedactTarget(text);
  GATEHOUSE_CHECK(edge::RedactTarget(redacted) == redacted,
                  "redacting twice is not redacting once");
  return 0;
}
