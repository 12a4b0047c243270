#include "edge/node/page_token.h"

#include <optional>

#include "edge/auth/base64url.h"

namespace edge {
namespace {

// Neither users nor rooms have control characters in their names.
constexpr char kSeparator = '\n';

}  // namespace

std::string MakePageToken(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text.append(part).append(1, kSeparator);
  return Base64UrlEncode(text);
}

absl::StatusOr<std::vector<std::string>> ReadPageToken(std::string_view token, size_t count) {
  if (token.empty()) return std::vector<std::string>(count);
  const std::optional<std::string> text = Base64UrlDecode(token);
  std::vector<std::string> parts;
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const size_t end = rest.find(kSeparator);
    if (end == std::string_view::npos) break;
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  if (!rest.empty() || parts.size() != count) {
    return absl::InvalidArgumentError("page_token is not the next_page_token of a page before");
  }
  return parts;
}

}  // namespace edge
