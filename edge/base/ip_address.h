#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace edge {

// The one spelling of an IP address, so that two texts of the same address are equal: lower case,
// zeros as RFC 5952 has them, an IPv4 address inside IPv6 (::ffff:192.0.2.1) as IPv4. Nothing for
// what is no address: names, ports and brackets are none.
std::optional<std::string> CanonicalIp(std::string_view text);

// "192.0.2.1:4711" without the port, "[2001:db8::1]:4711" also without the brackets.
std::string_view WithoutPort(std::string_view address);

}  // namespace edge
