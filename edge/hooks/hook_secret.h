#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace edge {

// A secret that is given itself or as a file, of which one newline at the end is ignored; empty
// when neither is given. kInvalidArgument: the file cannot be read.
absl::StatusOr<std::string> HookSecret(const std::string& value, const std::string& file);

}  // namespace edge
