#include "edge/auth/origin.h"

#include <algorithm>
#include <optional>

#include "edge/base/text.h"

namespace edge {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_*[]:").find(c) != std::string_view::npos;
}

// "HTTPS://App.example.com" -> "https://app.example.com:443"; nothing for what is no origin.
std::optional<std::string> Normalise(std::string_view origin) {
  std::string text = Lower(origin);
  const size_t separator = text.find("://");
  if (separator == std::string::npos || separator == 0) return std::nullopt;
  const std::string_view scheme = std::string_view(text).substr(0, separator);
  const std::string_view host = std::string_view(text).substr(separator + 3);
  if (host.empty() || !std::ranges::all_of(host, IsHostCharacter)) return std::nullopt;
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (has_port) {
    const std::string_view port = host.substr(colon + 1);
    const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    if (port.empty() || port.size() > 5 || !digits) return std::nullopt;
    return text;
  }
  if (scheme == "https") return text + ":443";
  if (scheme == "http") return text + ":80";
  return text;
}

}  // namespace

absl::StatusOr<OriginRules> OriginRules::Parse(const std::vector<std::string>& allowed) {
  OriginRules rules;
  std::string problems;
  for (const std::string& entry : allowed) {
    if (entry == "*") {
      rules.any_ = true;
      continue;
    }
    const std::optional<std::string> origin = Normalise(entry);
    const size_t star = entry.find('*');
    const size_t wildcard = entry.find("://*.");
    const bool good_star = star == std::string::npos ||
                           (wildcard != std::string::npos && star == wildcard + 3 &&
                            entry.find('*', star + 1) == std::string::npos);
    if (!origin || !good_star) {
      problems += fmt::format(
          "{}client.allowed_origins: \"{}\" is no origin; allowed: https://app.example.com, "
          "https://*.example.com, *",
          problems.empty() ? "" : "\n", entry);
      continue;
    }
    if (star == std::string::npos) {
      rules.rules_.push_back({.exact = *origin});
    } else {
      const size_t at = origin->find('*');
      rules.rules_.push_back({.prefix = origin->substr(0, at), .suffix = origin->substr(at + 1)});
    }
  }
  if (!problems.empty()) return absl::InvalidArgumentError(problems);
  return rules;
}

bool OriginRules::Allows(std::string_view origin) const {
  if (any_) return true;
  const std::optional<std::string> text = Normalise(origin);
  if (!text || text->find('*') != std::string::npos) return false;
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    if (!rule.exact.empty()) return *text == rule.exact;
    return text->size() > rule.prefix.size() + rule.suffix.size() &&
           text->starts_with(rule.prefix) && text->ends_with(rule.suffix);
  });
}

}  // namespace edge
