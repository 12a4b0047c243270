// DEPS auth
// A rule, a line feed, an Origin header. Whatever they are, no rule but the star lets in what is
// not an origin, and no other site gets in by one that is written cleverly.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "edge/auth/origin.h"

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

// What the fixed rules allow is what they say.
void CheckFixedRules(std::string_view origin) {
  static const edge::OriginRules rules = *edge::OriginRules::Parse({"https://*.example.com"});
  if (!rules.Allows(origin)) return;
  std::string host = Lower(origin);
  Check(host.starts_with("https://"));
  host.erase(0, 8);
  if (host.ends_with(":443")) host.erase(host.size() - 4);
  constexpr std::string_view kSuffix = ".example.com";
  Check(host.ends_with(kSuffix) && host.size() > kSuffix.size());
  Check(host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t feed = text.find('\n');
  if (feed == std::string_view::npos) return 0;
  const std::string rule(text.substr(0, feed));
  const std::string_view origin = text.substr(feed + 1);
  CheckFixedRules(origin);
  const auto rules = edge::OriginRules::Parse({rule});
  if (!rules.ok() || rule == "*") return 0;
  // A rule without a star allows itself, and nothing is allowed that has no scheme.
  if (rule.find('*') == std::string::npos) Check(rules->Allows(rule));
  if (rules->Allows(origin)) {
    Check(origin.find("://") != std::string_view::npos &&
          origin.find('*') == std::string_view::npos);
    Check(rules->Allows(Lower(origin)));
  }
  return 0;
}
