#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edge {

// Where a listener binds, as it is written in the configuration. Syntax only: nothing is resolved.
struct Address {
  std::string host;  // without the brackets of an IPv6 address
  uint16_t port = 0;

  // 127.0.0.0/8, ::1 or localhost: only this machine can connect.
  bool IsLoopback() const;
  // 0.0.0.0 or [::]: every address of this machine.
  bool IsAny() const;
};

// HOST:PORT or [IPV6]:PORT. The host is never left out: ":8080" does not say which addresses it
// means.
std::optional<Address> ParseAddress(std::string_view text);

}  // namespace edge
