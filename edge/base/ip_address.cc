#include "edge/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

namespace edge {

std::optional<std::string> CanonicalIp(std::string_view text) {
  const std::string terminated(text);
  // inet_pton would stop at it.
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  char out[INET6_ADDRSTRLEN] = {};
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    return ::inet_ntop(AF_INET, &v4, out, sizeof out);
  }
  if (::inet_pton(AF_INET6, terminated.c_str(), &v6) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    std::copy_n(v6.s6_addr + 12, sizeof v4, reinterpret_cast<unsigned char*>(&v4));
    return ::inet_ntop(AF_INET, &v4, out, sizeof out);
  }
  return ::inet_ntop(AF_INET6, &v6, out, sizeof out);
}

std::string_view WithoutPort(std::string_view address) {
  address = address.substr(0, address.rfind(':'));
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  return address;
}

}  // namespace edge
