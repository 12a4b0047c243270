#include "edge/transport/http_request.h"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

namespace http = boost::beast::http;

std::string ToString(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool HasToken(const std::string& list, const char* token) {
  return http::token_list(list).exists(token);
}

// A field that came in several lines is one list (RFC 9110 section 5.3).
template <typename Fields>
std::string Joined(const Fields& fields, http::field name) {
  std::string list;
  const auto [begin, end] = fields.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    if (!list.empty()) list += ", ";
    list += ToString(at->value());
  }
  return list;
}

template <typename Fields>
void TakeWanted(const Fields& fields, std::span<const std::string> wanted, HttpRequest& request) {
  for (const auto& field : fields) {
    std::string name = ToString(field.name_string());
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    if (std::ranges::find(wanted, name) != wanted.end()) {
      request.wanted.emplace_back(std::move(name), ToString(field.value()));
    }
  }
}

absl::Status FillTarget(std::string_view target, HttpRequest& request) {
  request.target = target;
  const size_t question = std::min(target.find('?'), target.size());
  auto path = PercentDecode(target.substr(0, question), false);
  auto query = ParseQuery(target.substr(std::min(question + 1, target.size())));
  if (!path || !query) return absl::InvalidArgumentError("a '%' in the URL without two hex digits");
  request.path = *std::move(path);
  request.query = *std::move(query);
  return absl::OkStatus();
}

// Given twice, what one reader takes is not what another one does. RFC 9112 section 3.2 asks it of
// Host, which HTTP/1.1 must have.
absl::Status CheckSingleFields(const http::request<http::empty_body>& message) {
  if (message.version() == 11 && message.count(http::field::host) == 0) {
    return absl::InvalidArgumentError("Host is missing");
  }
  for (const http::field field :
       {http::field::host, http::field::origin, http::field::authorization,
        http::field::sec_websocket_key, http::field::sec_websocket_version}) {
    if (message.count(field) < 2) continue;
    return Error(absl::StatusCode::kInvalidArgument, "more than one {}",
                 ToString(http::to_string(field)));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string_view> HttpRequest::Parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> HttpRequest::Cookies() const {
  // RFC 6265 section 4.2.1: pairs separated by "; ".
  std::vector<std::pair<std::string_view, std::string_view>> cookies;
  std::string_view rest = cookie;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    cookies.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return cookies;
}

std::optional<std::string_view> HttpRequest::Cookie(std::string_view name) const {
  for (const auto& [each, value] : Cookies()) {
    if (each == name) return value;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<ParsedHead>> ParseHead(std::string_view bytes, size_t limit,
                                                    std::span<const std::string> wanted) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limit));
  // Of the head alone: how much of a body may follow is for whoever takes it.
  parser.body_limit(boost::none);
  boost::beast::error_code error;
  const size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) {
    if (bytes.size() >= limit) return absl::OutOfRangeError("header too large");
    return std::optional<ParsedHead>();
  }
  if (error == http::error::header_limit) return absl::OutOfRangeError("header too large");
  if (error) {
    return Error(absl::StatusCode::kInvalidArgument, "not an HTTP/1.1 request: {}",
                 error.message());
  }
  // Beast's limit is one for the request line and one for the fields.
  if (used > limit) return absl::OutOfRangeError("header too large");
  const auto& message = parser.get();
  RETURN_IF_ERROR(CheckSingleFields(message));
  ParsedHead head;
  head.size = used;
  HttpRequest& request = head.request;
  request.method = ToString(message.method_string());
  request.http11 = message.version() == 11;
  // The parser ends with the head: a body is known by what announces it.
  request.has_body =
      parser.content_length().value_or(0) > 0 || message.count(http::field::transfer_encoding) > 0;
  request.origin = ToString(message[http::field::origin]);
  request.authorization = ToString(message[http::field::authorization]);
  request.cookie = ToString(message[http::field::cookie]);
  request.user_agent = ToString(message[http::field::user_agent]);
  request.websocket_key = ToString(message[http::field::sec_websocket_key]);
  request.websocket_version = ToString(message[http::field::sec_websocket_version]);
  request.websocket_protocol = Joined(message, http::field::sec_websocket_protocol);
  request.websocket_extensions = Joined(message, http::field::sec_websocket_extensions);
  request.traceparent = ToString(message["traceparent"]);
  if (!wanted.empty()) TakeWanted(message, wanted, request);
  request.upgrades_to_websocket = HasToken(Joined(message, http::field::upgrade), "websocket") &&
                                  HasToken(Joined(message, http::field::connection), "upgrade");
  if (absl::Status status = FillTarget(ToString(message.target()), request); !status.ok()) {
    return status;
  }
  return std::optional<ParsedHead>(std::move(head));
}

}  // namespace edge
