#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace edge {

// The one table from a status to an HTTP status: 400, 401, 403, 404, 426, 429, 431, 503, 500.
int HttpStatusOf(const absl::Status& status);

// A whole HTTP/1.1 response that ends the connection. `headers`: lines with their CRLF.
std::string MakeHttpAnswer(int status, std::string_view content_type, std::string_view body,
                           std::string_view headers = {});

// {"error":{"code":"...","message":"..."}} with the status' HTTP status; Retry-After with 429 and
// 503.
std::string MakeErrorAnswer(const absl::Status& status);

}  // namespace edge
