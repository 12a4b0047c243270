#include "edge/base/endpoint_url.h"

#include <algorithm>
#include <charconv>

namespace edge {
namespace {

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool IsIpv6Character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
         c == '.';
}

bool IsPathCharacter(char c) {
  return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '"' && c != '<' && c != '>' &&
         c != '\\';
}

bool TakeHost(std::string_view& rest, std::string& host) {
  if (!rest.starts_with('[')) {
    const size_t end = std::min(rest.find(':'), rest.size());
    host = rest.substr(0, end);
    rest.remove_prefix(end);
    return !host.empty() && std::ranges::all_of(host, IsHostCharacter);
  }
  const size_t end = rest.find(']');
  if (end == std::string_view::npos) return false;
  host = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return !host.empty() && std::ranges::all_of(host, IsIpv6Character);
}

bool TakePort(std::string_view rest, uint16_t& port) {
  if (rest.empty()) return true;
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  return error == std::errc() && end == rest.data() + rest.size() && port != 0;
}

}  // namespace

std::string EndpointUrl::Authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<EndpointUrl> ParseEndpointUrl(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  EndpointUrl url;
  for (const char c : text.substr(0, colon)) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (lower < 'a' || lower > 'z') return std::nullopt;
    url.scheme += lower;
  }
  std::string_view rest = text.substr(colon + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view path = rest.substr(slash);
  rest = rest.substr(0, slash);
  if (!TakeHost(rest, url.host) || !TakePort(rest, url.port)) return std::nullopt;
  if (!std::ranges::all_of(path, IsPathCharacter)) return std::nullopt;
  url.path = path;
  return url;
}

}  // namespace edge
