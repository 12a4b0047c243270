#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace edge {

// More than anybody writes into a configuration, a key or a certificate chain.
inline constexpr size_t kMaxSmallFile = size_t{4} << 20;

// What a file holds. Pipes are read to their end, so that `--config /dev/stdin` works.
// kInvalidArgument: "cannot be read: No such file or directory"; the path is for the caller to
// name.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// OK when ReadSmallFile would begin; reads nothing, and does not wait for the writer of a pipe.
absl::Status CheckReadable(const std::string& path);

}  // namespace edge
