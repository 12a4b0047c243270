#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edge {

// Where something is called: SCHEME://HOST[:PORT][/PATH]. Syntax only: nothing is resolved.
struct EndpointUrl {
  std::string scheme;  // in lower case
  std::string host;    // without the brackets of an IPv6 address
  uint16_t port = 0;   // 0: not given
  std::string path;    // with its '/'; empty: none

  // HOST:PORT, an IPv6 address in brackets.
  std::string Authority() const;
};

// Nothing for what is no such URL: also when it has a user, a query, a fragment, white space or a
// control character.
std::optional<EndpointUrl> ParseEndpointUrl(std::string_view text);

}  // namespace edge
