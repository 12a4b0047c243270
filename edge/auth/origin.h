#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// Which pages may connect (RFC 6454 origins). Immutable, any thread.
class OriginRules {
 public:
  // Entries: an origin (https://app.example.com, http://localhost:3000), one with a wildcard for
  // one or more labels (https://*.example.com, never the bare domain), or "*". kInvalidArgument
  // names every bad entry.
  static absl::StatusOr<OriginRules> Parse(const std::vector<std::string>& allowed);

  // "null" (a sandboxed page, a file) is allowed by "*" only.
  bool Allows(std::string_view origin) const;

 private:
  struct Rule {
    std::string exact;   // scheme://host:port, in lower case, the port always there
    std::string prefix;  // wildcard: scheme://
    std::string suffix;  // wildcard: .host:port
  };
  bool any_ = false;
  std::vector<Rule> rules_;
};

}  // namespace edge
