// Values between the hub's and the application's form.
#include <algorithm>
#include <array>
#include <utility>

#include "edge/base/text.h"
#include "edge/hub/session_hooks.h"
#include "edge/protocol/error_code.h"

namespace edge {

absl::Status RefusalOf(const gatehouse::v1::HookRefusal& refusal) {
  using Code = absl::StatusCode;
  constexpr std::array<std::pair<std::string_view, Code>, 5> kKnown = {{
      {"unauthenticated", Code::kUnauthenticated},
      {"not_found", Code::kNotFound},
      {"limit_exceeded", Code::kResourceExhausted},
      {"unavailable", Code::kUnavailable},
      {"bad_request", Code::kInvalidArgument},
  }};
  const auto* const known =
      std::ranges::find(kKnown, refusal.code(), [](const auto& each) { return each.first; });
  const Code code = known == kKnown.end() ? Code::kPermissionDenied : known->second;
  const std::string& reason = refusal.reason();
  return WithClientCode(
      absl::Status(code, ToAbsl(reason.empty() ? std::string_view("refused") : reason)),
      refusal.code().empty() ? "permission_denied" : refusal.code());
}

Grants GrantsOf(const gatehouse::v1::HookGrants& grants) {
  const auto parse = [](const auto& patterns) {
    absl::StatusOr<RoomPatterns> parsed = RoomPatterns::Parse({patterns.begin(), patterns.end()});
    return parsed.ok() ? *std::move(parsed) : RoomPatterns();
  };
  return {.join = parse(grants.join()), .publish = parse(grants.publish())};
}

void FillClaims(const Identity& identity, gatehouse::v1::HookClaims& claims) {
  claims.set_user(identity.user.str());
  claims.set_info(identity.info);
  claims.set_expires_unix_millis(identity.expires_at_millis);
  claims.set_token_id(identity.token_id);
  if (identity.grants == nullptr) return;
  for (const std::string& each : identity.grants->join.patterns()) {
    claims.mutable_grants()->add_join(each);
  }
  for (const std::string& each : identity.grants->publish.patterns()) {
    claims.mutable_grants()->add_publish(each);
  }
}

}  // namespace edge
