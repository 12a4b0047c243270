#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace edge {

// RFC 4648 section 5 without padding, as JOSE uses it.
std::string Base64UrlEncode(std::string_view bytes);
// Strict: nothing for any other character, padding, an impossible length, or bits left over.
std::optional<std::string> Base64UrlDecode(std::string_view text);

}  // namespace edge
