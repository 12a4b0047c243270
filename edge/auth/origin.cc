#include "edge/auth/origin.h"

#include <algorithm>
#include <optional>

#include "edge/base/text.h"

namespace edge {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return c >= 'a' && c <= 'z';
}

bool IsLabelCharacter(char c) {
  return IsLetter(c) || IsDigit(c) || c == '-' || c == '_' || c == '*';
}

// Labels with a dot between them and perhaps one behind; names of another script come as xn--.
bool IsHostName(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  while (true) {
    const size_t dot = std::min(host.find('.'), host.size());
    if (dot == 0 || !std::ranges::all_of(host.substr(0, dot), IsLabelCharacter)) return false;
    if (dot == host.size()) return true;
    host.remove_prefix(dot + 1);
  }
}

// "[::1]"; what stands inside need only be comparable.
bool IsIpv6(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
  });
}

// As browsers write it: no leading zero, 1 to 65535.
bool IsPort(std::string_view port) {
  if (port.empty() || port.size() > 5 || port.front() == '0') return false;
  return std::ranges::all_of(port, IsDigit) && (port.size() < 5 || port <= "65535");
}

bool IsScheme(std::string_view scheme) {
  if (scheme.empty() || !IsLetter(scheme.front())) return false;
  return std::ranges::all_of(
      scheme, [](char c) { return IsLetter(c) || IsDigit(c) || c == '+' || c == '-' || c == '.'; });
}

// "HTTPS://App.example.com" -> "https://app.example.com:443"; nothing for what is no origin.
std::optional<std::string> Normalise(std::string_view origin) {
  std::string text = Lower(origin);
  const size_t separator = text.find("://");
  if (separator == std::string::npos) return std::nullopt;
  const std::string_view scheme = std::string_view(text).substr(0, separator);
  std::string_view host = std::string_view(text).substr(separator + 3);
  const size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (has_port) {
    if (!IsPort(host.substr(colon + 1))) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (!IsScheme(scheme) || !(IsHostName(host) || IsIpv6(host))) return std::nullopt;
  if (has_port) return text;
  if (scheme == "https") return text + ":443";
  if (scheme == "http") return text + ":80";
  return text;
}

// The only place for a star is a first label of its own, before at least one other.
bool IsStarWellPlaced(std::string_view origin) {
  const size_t star = origin.find('*');
  if (star == std::string_view::npos) return true;
  const size_t host = origin.find("://") + 3;
  const std::string_view rest = origin.substr(star + 1);
  return star == host && rest.size() > 1 && rest[0] == '.' && rest[1] != ':' &&
         rest.find('*') == std::string_view::npos;
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
    if (!origin || !IsStarWellPlaced(*origin)) {
      problems += fmt::format(
          "{}client.allowed_origins: \"{}\" is no origin; allowed: https://app.example.com, "
          "https://*.example.com, *",
          problems.empty() ? "" : "\n", entry);
      continue;
    }
    if (const size_t star = origin->find('*'); star == std::string::npos) {
      rules.rules_.push_back({.exact = *origin});
    } else {
      rules.rules_.push_back(
          {.prefix = origin->substr(0, star), .suffix = origin->substr(star + 1)});
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
