#include "edge/proxy/forwarded.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "edge/base/text.h"

namespace edge {
namespace {

constexpr int kV4Bits = 96;  // in front of a mapped IPv4 address

struct ParsedAddress {
  std::array<uint8_t, 16> bytes{};
  bool v4 = false;
};

std::optional<ParsedAddress> ParseIp(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  ParsedAddress parsed;
  if (::inet_pton(AF_INET, buffer, parsed.bytes.data() + kV4Bits / 8) == 1) {
    parsed.v4 = true;
    parsed.bytes[10] = parsed.bytes[11] = 0xff;
    return parsed;
  }
  if (::inet_pton(AF_INET6, buffer, parsed.bytes.data()) == 1) return parsed;
  return std::nullopt;
}

bool Matches(const std::array<uint8_t, 16>& one, const std::array<uint8_t, 16>& other, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (!std::equal(one.begin(), one.begin() + static_cast<long>(whole), other.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

// All lines of a field are one list (RFC 9110 section 5.3).
std::string Joined(const RequestHead& request, std::string_view lower) {
  std::string list;
  for (const HeadField& field : request.fields) {
    if (!EqualsLower(field.name, lower) || field.value.empty()) continue;
    if (!list.empty()) list += ", ";
    list += field.value;
  }
  return list;
}

std::string_view Unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

// The address in an element of Forwarded, as for=192.0.2.1, for="[2001:db8::1]:80".
std::string_view ForOf(std::string_view element) {
  while (!element.empty()) {
    const size_t end = std::min(element.find(';'), element.size());
    std::string_view pair = element.substr(0, end);
    element.remove_prefix(std::min(end + 1, element.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (EqualsLower(pair.substr(0, 4), "for=")) return Unquoted(pair.substr(4));
  }
  return {};
}

// The elements' addresses, from the first sender to the last.
std::vector<std::string_view> Senders(std::string_view list, bool forwarded) {
  std::vector<std::string_view> senders;
  for (auto element = NextElement(list); !element.empty(); element = NextElement(list)) {
    senders.push_back(HostOfAddress(forwarded ? ForOf(element) : element));
  }
  return senders;
}

bool IsScheme(std::string_view text) {
  return text == "http" || text == "https";
}

void AppendElement(const Peer& peer, std::string_view host, std::string& out) {
  const bool v6 = peer.address.find(':') != std::string::npos;
  out.append(v6 ? "for=\"[" : "for=").append(peer.address).append(v6 ? "]\"" : "");
  if (!host.empty()) out.append(";host=\"").append(host).append("\"");
  out.append(";proto=").append(peer.tls ? "https" : "http").append("\r\n");
}

}  // namespace

absl::StatusOr<TrustedNetworks> TrustedNetworks::Parse(const std::vector<std::string>& networks) {
  TrustedNetworks trusted;
  for (const std::string& text : networks) {
    const size_t slash = std::min(text.find('/'), text.size());
    const auto address = ParseIp(std::string_view(text).substr(0, slash));
    const int most = address && address->v4 ? 32 : 128;
    int bits = most;
    if (slash < text.size()) {
      const std::string digits = text.substr(slash + 1);
      const bool number = !digits.empty() && digits.size() <= 3 &&
                          digits.find_first_not_of("0123456789") == std::string::npos;
      bits = number ? std::stoi(digits) : -1;
    }
    if (!address || bits < 0 || bits > most) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "'{}' is no network; write 10.0.0.0/8, 2001:db8::/32 or one address", text);
    }
    trusted.networks_.push_back({address->bytes, bits + (address->v4 ? kV4Bits : 0)});
  }
  return trusted;
}

bool TrustedNetworks::Contains(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto parsed = ParseIp(address);
  return parsed && std::ranges::any_of(networks_, [&](const Network& network) {
           return Matches(network.bytes, parsed->bytes, network.bits);
         });
}

std::string_view HostOfAddress(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  // More than one colon: an IPv6 address without a port.
  const size_t colon = address.find(':');
  return colon == address.rfind(':') ? address.substr(0, colon) : address;
}

std::string ClientOf(const Peer& peer, const TrustedNetworks& trusted, const RequestHead& request) {
  if (!peer.trusted) return peer.address;
  std::string list = Joined(request, "x-forwarded-for");
  const bool forwarded = list.empty();
  if (forwarded) list = Joined(request, "forwarded");
  const std::vector<std::string_view> senders = Senders(list, forwarded);
  std::string client = peer.address;
  for (size_t i = senders.size(); i-- > 0;) {
    // Not an address (a name, "unknown"): nobody vouches for what stands before it.
    if (!ParseIp(senders[i])) break;
    client = senders[i];
    if (!trusted.Contains(client)) break;
  }
  return client;
}

bool TellsOrigin(std::string_view name) {
  constexpr std::string_view kPrefix = "x-forwarded-";
  const auto is = [](std::string_view text, std::string_view lower) {
    return text.size() == lower.size() && std::ranges::equal(text, lower, [](char a, char b) {
             return (a == '_' ? '-' : a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
           });
  };
  return is(name, "forwarded") || is(name, "x-real-ip") ||
         (name.size() > kPrefix.size() && is(name.substr(0, kPrefix.size()), kPrefix));
}

void AppendForwarded(const Peer& peer, std::string_view client, const RequestHead& request,
                     std::string& out) {
  std::string chain;
  std::string elements;
  std::string proto;
  std::string host;
  if (peer.trusted) {
    chain = Joined(request, "x-forwarded-for");
    elements = Joined(request, "forwarded");
    proto = Joined(request, "x-forwarded-proto");
    host = Joined(request, "x-forwarded-host");
  }
  if (!IsScheme(proto)) proto = peer.tls ? "https" : "http";
  if (host.empty()) host = request.host;
  out.append("X-Forwarded-For: ").append(chain).append(chain.empty() ? "" : ", ");
  out.append(peer.address).append("\r\nX-Forwarded-Proto: ").append(proto).append("\r\n");
  if (!host.empty()) out.append("X-Forwarded-Host: ").append(host).append("\r\n");
  out.append("X-Real-IP: ").append(client).append("\r\nForwarded: ");
  out.append(elements).append(elements.empty() ? "" : ", ");
  AppendElement(peer, request.host, out);
}

}  // namespace edge
