#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edge {

// RFC 3986 percent-decoding; nothing for a '%' without two hex digits. `plus_is_space` as forms and
// URLSearchParams write queries.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;
// The parameters of a query (without its '?'), in order. Nothing when one cannot be decoded.
std::optional<QueryParameters> ParseQuery(std::string_view query);

}  // namespace edge
