#pragma once

#include <string>

#include "absl/status/status.h"

namespace edge {

// Asks a node's admin listener (IP:PORT) for /livez, within two seconds. For container health
// checks.
absl::Status CheckHealth(const std::string& admin_address);

}  // namespace edge
