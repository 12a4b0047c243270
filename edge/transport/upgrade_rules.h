#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/identity.h"
#include "edge/base/room_position.h"
#include "edge/transport/gate_context.h"
#include "edge/transport/http_request.h"
#include "edge/wire/deflate_offer.h"

namespace edge {

// An upgrade that may go on to the hub.
struct UpgradePlan {
  std::string accept_key;
  std::string subprotocol;  // to echo; empty: none
  Identity identity;
  std::vector<WantedRoom> rooms;
  bool has_token = false;  // or a ticket; false: only the application can say who it is
  bool welcome = false;
  DeflateAgreement deflate;
};

// The subprotocol that carries a token: ["gatehouse.bearer", TOKEN]. The first is echoed.
inline constexpr std::string_view kBearerSubprotocol = "gatehouse.bearer";

// Whether the path is one of /ws, /ws/ROOM (or any, for an echo).
bool IsWebSocketPath(const GateContext& context, std::string_view path);

// RFC 6455 section 4.2.1: method, version, key. kInvalidArgument; kFailedPrecondition: not an
// upgrade, or a version other than 13 (426).
absl::StatusOr<std::string> CheckHandshake(const HttpRequest& request);

// Whether the application is asked about connects.
bool AsksOnConnect(const GateContext& context);

// The parameters that are the edge's own, which the application is not told.
bool IsOwnParameter(std::string_view name);

// Whether the plan's rights cover its rooms. kPermissionDenied.
absl::Status CheckRights(const GateContext& context, const UpgradePlan& plan,
                         int64_t now_unix_millis);

// Origin, token, rooms, compression, ticket, rights, in this order; fills what CheckHandshake did
// not. A ticket decides alone, whatever tokens come with it, and is used up by this. Where the
// application is asked about connects there may be no token, and rights are left to be checked when
// it has answered. `address`: the client's, with its port. kPermissionDenied, kUnauthenticated,
// kInvalidArgument, kUnavailable.
absl::Status PlanUpgrade(const GateContext& context, const HttpRequest& request,
                         std::string_view address, int64_t now_unix_millis, UpgradePlan& plan);

}  // namespace edge
