#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace edge {

// The `kid` of the key that --dev signs and trusts tokens with.
inline constexpr std::string_view kDevKid = "dev";

// The secret of --dev: 64 hex digits, made once for this user of this machine and kept in a file
// that only the user can read, so that `gatehouse token --dev` and `gatehouse serve --dev` agree.
//
// The file is $XDG_STATE_HOME/gatehouse/dev-secret, or ~/.local/state/gatehouse/dev-secret; where
// neither can be written, $TMPDIR/gatehouse-UID/dev-secret (or /tmp). Two processes that make it at
// once get the same.
// kFailedPrecondition: none of the places can be used, or what is there is not safe; it says which
// and what to do. `environment` is where HOME, TMPDIR and XDG_STATE_HOME are looked up.
absl::StatusOr<std::string> DevSecret(
    const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace edge
