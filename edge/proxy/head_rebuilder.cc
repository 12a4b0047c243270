#include "edge/proxy/head_rebuilder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace edge {
namespace {

// In lower case. '_' in a field's name counts as '-' (see TellsOrigin).
constexpr std::array<std::string_view, 9> kOneHop = {
    "connection", "keep-alive",     "proxy-connection",  "te",     "upgrade",
    "trailer",    "content-length", "transfer-encoding", "expect",
};

bool IsNamed(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() && std::ranges::equal(name, lower, [](char a, char b) {
           return (a == '_' ? '-' : a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
         });
}

bool SameName(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return one.size() == other.size() &&
         std::ranges::equal(one, other, [&](char a, char b) { return lower(a) == lower(b); });
}

void AppendField(const HeadField& field, std::string& out) {
  out.append(field.name).append(": ").append(field.value).append("\r\n");
}

void AppendBody(BodyKind kind, uint64_t length, std::string& out) {
  if (kind == BodyKind::kChunked) out.append("Transfer-Encoding: chunked\r\n");
  if (kind == BodyKind::kLength) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
  }
}

}  // namespace

bool IsHopByHop(const HeadField& field, const MessageHead& head) {
  // The lengths are a filter: most fields have none of them.
  const size_t size = field.name.size();
  const bool may_be =
      size == 2 || size == 6 || size == 7 || size == 10 || size == 14 || size == 16 || size == 17;
  if (may_be && std::ranges::any_of(
                    kOneHop, [&](std::string_view lower) { return IsNamed(field.name, lower); })) {
    return true;
  }
  return std::ranges::any_of(head.connection,
                             [&](std::string_view name) { return SameName(name, field.name); });
}

void AppendRequestHead(const RequestHead& request, const Peer& peer, const RequestRewrite& rewrite,
                       std::string& out) {
  out.append(request.method).append(" ").append(request.path).append(" HTTP/1.1\r\nHost: ");
  out.append(rewrite.host).append("\r\n");
  for (const HeadField& field : request.fields) {
    if (EqualsLower(field.name, "host") || TellsOrigin(field.name)) continue;
    if (request.max_forwards && EqualsLower(field.name, "max-forwards")) continue;
    if (!IsHopByHop(field, request)) AppendField(field, out);
  }
  if (request.max_forwards.value_or(0) > 0) {
    fmt::format_to(std::back_inserter(out), "Max-Forwards: {}\r\n", *request.max_forwards - 1);
  }
  AppendForwarded(peer, rewrite.client, request, out);
  out.append("Via: 1.1 gatehouse\r\n");
  AppendBody(request.body, request.length, out);
  if (request.expects_continue && request.body != BodyKind::kNone) {
    out.append("Expect: 100-continue\r\n");
  }
  if (rewrite.tunnel) out.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  out.append("\r\n");
}

void AppendResponseHead(const ResponseHead& response, const ResponseRewrite& rewrite,
                        std::string& out) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status, response.reason);
  for (const HeadField& field : response.fields) {
    const bool length_of_head = rewrite.to_head && EqualsLower(field.name, "content-length");
    if (length_of_head || !IsHopByHop(field, response)) AppendField(field, out);
  }
  AppendBody(rewrite.body, response.length, out);
  if (rewrite.tunnel) {
    out.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  } else if (response.status >= 200 && !rewrite.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (response.status >= 200 && !rewrite.client_http11) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

bool AppendTrailers(std::string_view trailers, std::string& out) {
  if (!trailers.empty()) {
    std::vector<HeadField> fields;
    if (!ScanFields(trailers, fields).ok()) return false;
    const MessageHead none;
    for (const HeadField& field : fields) {
      // RFC 9110 section 6.5.1: nothing about framing, routing or who is asking.
      const bool forbidden =
          IsHopByHop(field, none) || TellsOrigin(field.name) || EqualsLower(field.name, "host") ||
          EqualsLower(field.name, "authorization") || EqualsLower(field.name, "cookie") ||
          EqualsLower(field.name, "set-cookie");
      if (!forbidden) AppendField(field, out);
    }
  }
  out.append("\r\n");
  return true;
}

}  // namespace edge
