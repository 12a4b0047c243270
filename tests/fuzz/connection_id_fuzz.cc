// DEPS base
//
// A text is a connection's id exactly when the id prints as that text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/connection_id.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool by_definition =
      size == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  const auto id = edge::ConnectionId::Parse(text);
  GATEHOUSE_CHECK(id.has_value() == by_definition, "an id is judged wrongly");
  if (id) GATEHOUSE_CHECK(id->ToString() == text, "an id prints as another text");
  return 0;
}
