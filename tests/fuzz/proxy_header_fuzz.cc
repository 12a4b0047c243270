// DEPS base wire
//
// A PROXY header is found in its own bytes, whatever follows; and it never waits for more than the
// most that a header may have.
#include <cstdint>
#include <string_view>

#include "edge/base/check.h"
#include "edge/wire/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = edge::ParseProxyHeader(bytes);
  if (!header.ok()) return 0;
  if (!header->has_value()) {
    GATEHOUSE_CHECK(size < edge::kMaxProxyHeader, "it waits for more than a header has");
    return 0;
  }
  const size_t own = (*header)->size;
  GATEHOUSE_CHECK(own <= size, "longer than what came");
  const auto again = edge::ParseProxyHeader(bytes.substr(0, own));
  GATEHOUSE_CHECK(again.ok() && again->has_value() && (*again)->source == (*header)->source,
                  "what follows changes what it says");
  const auto less = edge::ParseProxyHeader(bytes.substr(0, own - 1));
  GATEHOUSE_CHECK(less.ok() && !less->has_value(), "whole before its last byte");
  return 0;
}
