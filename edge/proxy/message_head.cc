#include "edge/proxy/message_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

namespace http = boost::beast::http;

constexpr size_t kMaxMethod = 32;
// 10^18 bytes: what a length may be without overflow anywhere.
constexpr size_t kMaxLengthDigits = 18;

// What the framing and the connection's fate depend on.
struct Framing {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  std::string_view host;
  std::string_view length;
  std::string_view coding;
  std::string_view upgrade;
  bool close = false;
  bool keep_alive = false;
  bool names_upgrade = false;
};

void ReadConnection(std::string_view list, MessageHead& head, Framing& framing) {
  for (std::string_view name = NextElement(list); !name.empty(); name = NextElement(list)) {
    if (EqualsLower(name, "close")) {
      framing.close = true;
    } else if (EqualsLower(name, "keep-alive")) {
      framing.keep_alive = true;
    } else {
      framing.names_upgrade |= EqualsLower(name, "upgrade");
      head.connection.push_back(name);
    }
  }
}

Framing ReadFraming(MessageHead& head) {
  Framing framing;
  for (const HeadField& field : head.fields) {
    switch (field.name.size()) {
      case 4:
        if (!EqualsLower(field.name, "host")) break;
        ++framing.hosts;
        framing.host = field.value;
        break;
      case 7:
        if (EqualsLower(field.name, "upgrade")) framing.upgrade = field.value;
        break;
      case 10:
        if (EqualsLower(field.name, "connection")) ReadConnection(field.value, head, framing);
        break;
      case 14:
        if (!EqualsLower(field.name, "content-length")) break;
        ++framing.lengths;
        framing.length = field.value;
        break;
      case 17:
        if (!EqualsLower(field.name, "transfer-encoding")) break;
        ++framing.codings;
        framing.coding = field.value;
        break;
      default:
        break;
    }
  }
  head.keep_alive = !framing.close && (head.http11 || framing.keep_alive);
  return framing;
}

// Fills the body's kind. RFC 9112 section 6.3, with no guess where it allows one.
absl::Status ReadBody(const Framing& framing, MessageHead& head) {
  if (framing.lengths > 0 && framing.codings > 0) {
    return absl::InvalidArgumentError("both Content-Length and Transfer-Encoding");
  }
  if (framing.lengths > 1) return absl::InvalidArgumentError("more than one Content-Length");
  if (framing.codings > 0 && !head.http11) {
    return absl::InvalidArgumentError("Transfer-Encoding in HTTP/1.0");
  }
  if (framing.codings > 1 || (framing.codings == 1 && !EqualsLower(framing.coding, "chunked"))) {
    return absl::UnimplementedError("a Transfer-Encoding other than 'chunked' alone");
  }
  if (framing.codings == 1) {
    head.body = BodyKind::kChunked;
  } else if (framing.lengths == 1) {
    const std::string_view text = framing.length;
    const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (text.empty() || text.size() > kMaxLengthDigits || !digits) {
      return absl::InvalidArgumentError("a Content-Length that is no number of bytes");
    }
    for (const char c : text) head.length = head.length * 10 + static_cast<uint64_t>(c - '0');
    head.body = BodyKind::kLength;
  }
  return absl::OkStatus();
}

// Beast reads the same head. False: it refuses it, or sees another body in it than we do.
template <bool kRequest>
bool BeastAgrees(std::string_view bytes, const MessageHead& head) {
  http::parser<kRequest, http::empty_body> parser;
  parser.header_limit(std::numeric_limits<std::uint32_t>::max());
  parser.body_limit(boost::none);
  parser.skip(true);
  boost::beast::error_code error;
  const size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if ((error && error != http::error::need_more) || used != bytes.size()) return false;
  if (!parser.is_header_done()) return false;
  if (parser.chunked() != (head.body == BodyKind::kChunked)) return false;
  const auto length = parser.content_length();
  return length.has_value() == (head.body == BodyKind::kLength) &&
         length.value_or(0) == head.length && parser.keep_alive() == head.keep_alive;
}

bool IsHost(std::string_view host) {
  constexpr std::string_view kOthers = "-._~:[]%!$&'()*+;=";
  return !host.empty() && std::ranges::all_of(host, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

// RFC 9112 section 3.2: origin form, absolute form, or * for OPTIONS.
bool ReadTarget(std::string_view target, RequestHead& request) {
  const bool visible = std::ranges::all_of(
      target, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '#'; });
  if (target.empty() || !visible) return false;
  request.path = target;
  if (target.front() == '/') return true;
  if (target == "*") return request.method == "OPTIONS";
  size_t authority = 0;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (EqualsLower(target.substr(0, scheme.size()), scheme)) authority = scheme.size();
  }
  if (authority == 0) return false;
  const size_t end = std::min(target.find_first_of("/?", authority), target.size());
  request.host = target.substr(authority, end - authority);
  request.path = end == target.size() ? "/" : target.substr(end);
  return IsHost(request.host) && request.path.front() == '/';
}

std::optional<Refusal> ReadRequestLine(std::string_view line, RequestHead& request) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "bad_request", "the first line is not 'METHOD TARGET HTTP/1.1'"};
  }
  request.method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!IsToken(request.method) || request.method.size() > kMaxMethod) {
    return Refusal{400, "bad_request", "the method is no token of at most 32 characters"};
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{505, "version_not_supported", "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  }
  request.http11 = version == "HTTP/1.1";
  if (request.method == "CONNECT" || request.method == "TRACE") {
    return Refusal{405, "method_not_allowed", "CONNECT and TRACE are not passed on"};
  }
  if (!ReadTarget(line.substr(first + 1, last - first - 1), request)) {
    return Refusal{400, "bad_request", "the target is no path and no http URL"};
  }
  return std::nullopt;
}

std::optional<Refusal> ReadHost(const Framing& framing, RequestHead& request) {
  if (framing.hosts > 1) return Refusal{400, "bad_request", "more than one Host"};
  if (framing.hosts == 0 && request.http11) return Refusal{400, "bad_request", "Host is missing"};
  if (framing.hosts == 1 && !IsHost(framing.host)) {
    return Refusal{400, "bad_request", "Host is no name or address"};
  }
  // RFC 9112 section 3.2.2: an absolute target's host goes before the header.
  if (request.host.empty()) request.host = framing.host;
  return std::nullopt;
}

// What is no number is passed on as any other field.
void ReadMaxForwards(RequestHead& request) {
  if (request.method != "OPTIONS") return;
  for (const HeadField& field : request.fields) {
    if (!EqualsLower(field.name, "max-forwards")) continue;
    const char* const end = field.value.data() + field.value.size();
    uint32_t hops = 0;
    const auto [stop, error] = std::from_chars(field.value.data(), end, hops);
    if (error == std::errc() && stop == end) request.max_forwards = hops;
  }
}

std::optional<Refusal> ReadExpectations(const Framing& framing, RequestHead& request) {
  for (const HeadField& field : request.fields) {
    if (!EqualsLower(field.name, "expect")) continue;
    if (!EqualsLower(field.value, "100-continue")) {
      return Refusal{417, "expectation_failed", "Expect is something else than 100-continue"};
    }
    request.expects_continue = request.http11;
  }
  std::string_view protocols = framing.upgrade;
  for (auto name = NextElement(protocols); !name.empty(); name = NextElement(protocols)) {
    request.upgrades_to_websocket |= EqualsLower(name, "websocket");
  }
  request.upgrades_to_websocket &=
      framing.names_upgrade && request.http11 && request.method == "GET";
  if (request.upgrades_to_websocket && (request.body == BodyKind::kChunked || request.length > 0)) {
    return Refusal{400, "bad_request", "a body in a request for an upgrade"};
  }
  return std::nullopt;
}

Refusal RefusalOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOutOfRange:
      return {431, "headers_too_large", std::string(status.message())};
    case absl::StatusCode::kUnimplemented:
      return {501, "not_implemented", std::string(status.message())};
    default:
      return {400, "bad_request", std::string(status.message())};
  }
}

absl::Status ReadStatusLine(std::string_view line, ResponseHead& response) {
  constexpr size_t kVersion = 8;
  constexpr size_t kStatusEnd = kVersion + 4;
  const std::string_view version = line.substr(0, kVersion);
  const auto digit = [&](size_t at) { return line[at] >= '0' && line[at] <= '9'; };
  if ((version != "HTTP/1.1" && version != "HTTP/1.0") || line.size() < kStatusEnd ||
      line[kVersion] != ' ' || !digit(9) || !digit(10) || !digit(11) ||
      (line.size() > kStatusEnd && line[kStatusEnd] != ' ') || line[9] == '0') {
    return absl::InvalidArgumentError("the first line is not 'HTTP/1.1 STATUS REASON'");
  }
  response.http11 = version == "HTTP/1.1";
  response.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  response.reason = line.substr(std::min(kStatusEnd + 1, line.size()));
  return absl::OkStatus();
}

}  // namespace

bool RequestHead::IsIdempotent() const {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

std::optional<Refusal> ParseRequestHead(std::string_view head, RequestHead& request) {
  ScannedHead scanned;
  scanned.fields.reserve(16);
  if (absl::Status status = ScanHead(head, scanned); !status.ok()) return RefusalOf(status);
  request.fields = std::move(scanned.fields);
  if (auto refusal = ReadRequestLine(scanned.start_line, request)) return refusal;
  const Framing framing = ReadFraming(request);
  if (absl::Status body = ReadBody(framing, request); !body.ok()) return RefusalOf(body);
  if (auto refusal = ReadHost(framing, request)) return refusal;
  if (auto refusal = ReadExpectations(framing, request)) return refusal;
  ReadMaxForwards(request);
  if (!BeastAgrees<true>(head, request)) {
    return Refusal{400, "bad_request", "the head can be read in more than one way"};
  }
  return std::nullopt;
}

absl::Status ParseResponseHead(std::string_view head, bool to_head, ResponseHead& response) {
  ScannedHead scanned;
  scanned.fields.reserve(16);
  RETURN_IF_ERROR(ScanHead(head, scanned));
  response.fields = std::move(scanned.fields);
  RETURN_IF_ERROR(ReadStatusLine(scanned.start_line, response));
  const Framing framing = ReadFraming(response);
  RETURN_IF_ERROR(ReadBody(framing, response));
  const bool bodiless =
      to_head || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) {
    response.body = BodyKind::kNone;
  } else if (response.body == BodyKind::kNone) {
    response.body = BodyKind::kUntilClose;
    response.keep_alive = false;
  }
  return absl::OkStatus();
}

}  // namespace edge
