#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace edge {

// What a proxy in front says of a connection, before its first byte (the PROXY protocol of HAProxy,
// versions 1 and 2).
struct ProxyHeader {
  size_t size = 0;     // bytes of the header
  std::string source;  // IP:PORT of the client; empty: the proxy speaks for itself
};

// A header longer than this is refused: version 1 has at most 107 bytes, version 2 its addresses
// and what else the proxy tells (which is passed over).
inline constexpr size_t kMaxProxyHeader = 4096;

// Reads the header at the front of `bytes`. No value: it is not whole yet, and all of `bytes` are
// its. kInvalidArgument: it is none. Pure.
absl::StatusOr<std::optional<ProxyHeader>> ParseProxyHeader(std::string_view bytes);

}  // namespace edge
