#include "edge/transport/http_answer.h"

#include <boost/beast/http/status.hpp>

#include "edge/base/log.h"
#include "edge/base/text.h"
#include "edge/protocol/error_code.h"

namespace edge {
namespace {

// What only a request can do wrong, and no message.
std::string ErrorCodeOf(int http, const absl::Status& status) {
  switch (http) {
    case 405:
      return "method_not_allowed";
    case 426:
      return "upgrade_required";
    case 431:
      return "headers_too_large";
    default:
      return ClientErrorCode(status);
  }
}

}  // namespace

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 405;
    case absl::StatusCode::kFailedPrecondition:
      return 426;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kOutOfRange:
      return 431;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return 503;
    default:
      return 500;
  }
}

std::string MakeHttpAnswer(int status, std::string_view content_type, std::string_view body,
                           std::string_view headers) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return fmt::format(
      "HTTP/1.1 {} {}\r\nServer: gatehouse\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{}Connection: close\r\n\r\n{}",
      status, std::string_view(reason.data(), reason.size()), content_type, body.size(), headers,
      body);
}

std::string MakeErrorAnswer(const absl::Status& status) {
  const int http = HttpStatusOf(status);
  std::string body =
      fmt::format("{{\"error\":{{\"code\":\"{}\",\"message\":\"", ErrorCodeOf(http, status));
  AppendJsonEscaped(ToStd(status.message()), body);
  body += "\"}}\n";
  std::string_view headers;
  if (http == 429 || http == 503) headers = "Retry-After: 1\r\n";
  if (http == 426) headers = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  // RFC 9110 section 15.5.2: a 401 names a way to authenticate.
  if (http == 401) headers = "WWW-Authenticate: Bearer\r\n";
  return MakeHttpAnswer(http, "application/json", body, headers);
}

}  // namespace edge
