// DEPS transport
// Whatever a query is, it is read within itself; what is decoded cannot be longer than it was.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/transport/query_string.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool plus : {false, true}) {
    const auto decoded = edge::PercentDecode(text, plus);
    if (decoded && decoded->size() > size) std::abort();
  }
  const auto parameters = edge::ParseQuery(text);
  if (!parameters) return 0;
  size_t total = 0;
  for (const auto& [name, value] : *parameters) total += name.size() + value.size();
  if (total > size) std::abort();
  return 0;
}
