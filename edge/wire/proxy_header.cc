#include "edge/wire/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "edge/base/text.h"

namespace edge {
namespace {

using Parsed = absl::StatusOr<std::optional<ProxyHeader>>;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kText = "PROXY ";
constexpr size_t kMaxTextLine = 107;
constexpr size_t kFixedPart = 16;  // of version 2: signature, version, family, length

absl::Status Invalid(const char* what) {
  return absl::InvalidArgumentError(what);
}

std::string Formatted(int family, const void* address, unsigned port) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(family, address, text, sizeof text);
  const bool v6 = family == AF_INET6;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", text, v6 ? "]" : "", port);
}

// Digits of a port, without leading zeros; nothing when it is none.
std::optional<unsigned> ParsePort(std::string_view text) {
  constexpr unsigned kMost = 65535;
  constexpr size_t kMaxDigits = 5;
  if (text.empty() || text.size() > kMaxDigits || (text[0] == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  unsigned port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= kMost ? std::optional(port) : std::nullopt;
}

bool ParseIp(int family, std::string_view text, std::array<uint8_t, 16>& bytes) {
  return ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

// PROXY TCP4 SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT, with one space between.
Parsed ParseText(std::string_view bytes) {
  const size_t end = bytes.substr(0, kMaxTextLine).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= kMaxTextLine) return Invalid("a PROXY line of more than 107 bytes");
    return std::optional<ProxyHeader>();
  }
  std::string_view rest = bytes.substr(kText.size(), end - kText.size());
  ProxyHeader header{.size = end + 2};
  if (rest == "UNKNOWN" || rest.starts_with("UNKNOWN ")) return std::optional(std::move(header));
  std::array<std::string_view, 5> words;
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t space = i + 1 == words.size() ? rest.size() : rest.find(' ');
    if (space == std::string_view::npos) return Invalid("a PROXY line that lacks a word");
    words[i] = rest.substr(0, space);
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  const int family = words[0] == "TCP4" ? AF_INET : words[0] == "TCP6" ? AF_INET6 : 0;
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  const auto port = ParsePort(words[3]);
  if (family == 0 || !ParseIp(family, words[1], source) ||
      !ParseIp(family, words[2], destination) || !port || !ParsePort(words[4])) {
    return Invalid("a PROXY line whose addresses are none");
  }
  header.source = Formatted(family, source.data(), *port);
  return std::optional(std::move(header));
}

Parsed ParseBinary(std::string_view bytes) {
  if (bytes.size() < kFixedPart) return std::optional<ProxyHeader>();
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(bytes[at]); };
  const size_t length = static_cast<size_t>(byte(14)) << 8 | byte(15);
  ProxyHeader header{.size = kFixedPart + length};
  constexpr uint8_t kLocal = 0x20;
  constexpr uint8_t kProxied = 0x21;
  if (byte(12) != kLocal && byte(12) != kProxied) {
    return Invalid("a PROXY header of another version");
  }
  if (header.size > kMaxProxyHeader) return Invalid("a PROXY header of more than 4096 bytes");
  if (bytes.size() < header.size) return std::optional<ProxyHeader>();
  constexpr uint8_t kTcp4 = 0x11;
  constexpr uint8_t kTcp6 = 0x21;
  const bool v4 = byte(13) == kTcp4;
  // Of anything but TCP the addresses say nothing to us.
  if (byte(12) == kLocal || (!v4 && byte(13) != kTcp6)) return std::optional(std::move(header));
  const size_t address = v4 ? 4 : 16;
  if (length < 2 * address + 4) return Invalid("a PROXY header shorter than its addresses");
  const size_t port = kFixedPart + 2 * address;
  header.source = Formatted(v4 ? AF_INET : AF_INET6, bytes.data() + kFixedPart,
                            static_cast<unsigned>(byte(port)) << 8 | byte(port + 1));
  return std::optional(std::move(header));
}

}  // namespace

absl::StatusOr<std::optional<ProxyHeader>> ParseProxyHeader(std::string_view bytes) {
  const auto begins = [&](std::string_view with) {
    const size_t size = std::min(bytes.size(), with.size());
    return bytes.substr(0, size) == with.substr(0, size);
  };
  const bool text = begins(kText);
  if (!text && !begins(kSignature)) return Invalid("no PROXY header");
  if (bytes.size() < (text ? kText : kSignature).size()) return std::optional<ProxyHeader>();
  return text ? ParseText(bytes) : ParseBinary(bytes);
}

}  // namespace edge
