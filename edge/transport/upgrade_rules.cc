#include "edge/transport/upgrade_rules.h"

#include <algorithm>
#include <optional>

#include "edge/base/ip_address.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/hub/room_rights.h"
#include "edge/protocol/error_code.h"
#include "edge/wire/handshake.h"

namespace edge {
namespace {

constexpr std::string_view kPath = "/ws";
constexpr std::string_view kBearer = "Bearer ";

std::vector<std::string_view> SplitList(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (!item.empty()) items.push_back(item);
  }
  return items;
}

bool StartsWithBearer(std::string_view value) {
  if (value.size() < kBearer.size()) return false;
  return std::equal(kBearer.begin(), kBearer.end(), value.begin(),
                    [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

// Where a token may be, the most deliberate place first.
std::string_view FindToken(const GateContext& context, const HttpRequest& request,
                           UpgradePlan& plan) {
  const std::vector<std::string_view> offered = SplitList(request.websocket_protocol);
  const auto pair = std::ranges::find(offered, kBearerSubprotocol);
  if (pair != offered.end()) plan.subprotocol = kBearerSubprotocol;
  if (StartsWithBearer(request.authorization)) {
    return std::string_view(request.authorization).substr(kBearer.size());
  }
  if (pair != offered.end() && std::next(pair) != offered.end()) return *std::next(pair);
  if (const auto token = request.Parameter("token")) return *token;
  if (!context.token_cookie.empty()) {
    if (const auto token = request.Cookie(context.token_cookie)) return *token;
  }
  return {};
}

absl::Status AddRoom(const GateContext& context, std::string_view room, UpgradePlan& plan) {
  RETURN_IF_ERROR(CheckRoomName(room));
  const auto same = [&](const WantedRoom& each) { return each.name.view() == room; };
  if (std::ranges::any_of(plan.rooms, same)) {
    return absl::InvalidArgumentError("a room is given twice");
  }
  if (plan.rooms.size() == context.max_rooms) {
    return Error(absl::StatusCode::kInvalidArgument, "more than {} rooms (client.max_rooms)",
                 context.max_rooms);
  }
  plan.rooms.push_back({.name = RoomName(room)});
  return absl::OkStatus();
}

// Of the room before it in the URL.
absl::Status AddSince(std::string_view text, UpgradePlan& plan) {
  if (plan.rooms.empty()) return absl::InvalidArgumentError("'since' stands behind no room");
  const std::optional<RoomPosition> since = ParseRoomPosition(text);
  if (!since) {
    return absl::InvalidArgumentError("'since' is no position: EPOCH:OFFSET, 16 hex digits:number");
  }
  if (plan.rooms.back().since)
    return absl::InvalidArgumentError("'since' is given twice for a room");
  plan.rooms.back().since = since;
  return absl::OkStatus();
}

absl::Status ReadRooms(const GateContext& context, const HttpRequest& request, UpgradePlan& plan) {
  if (request.path.size() > kPath.size()) {
    RETURN_IF_ERROR(
        AddRoom(context, std::string_view(request.path).substr(kPath.size() + 1), plan));
  }
  for (const auto& [name, value] : request.query) {
    if (name == "room") RETURN_IF_ERROR(AddRoom(context, value, plan));
    if (name == "since") RETURN_IF_ERROR(AddSince(value, plan));
  }
  return absl::OkStatus();
}

absl::Status AgreeOnDeflate(const GateContext& context, const HttpRequest& request,
                            UpgradePlan& plan) {
  if (!context.deflate) return absl::OkStatus();
  ASSIGN_OR_RETURN(plan.deflate, NegotiateDeflate(request.websocket_extensions));
  return absl::OkStatus();
}

// Takes the ticket, and the place of a token's with what it stands for.
absl::Status UseTicket(const GateContext& context, std::string_view text, std::string_view address,
                       int64_t now, UpgradePlan& plan) {
  if (context.tickets == nullptr) return absl::UnauthenticatedError("no ticket is good here");
  const std::string ip = CanonicalIp(WithoutPort(address)).value_or("");
  ASSIGN_OR_RETURN(Ticket ticket, context.tickets->Redeem(text, ip, now));
  plan.identity = std::move(ticket.identity);
  if (ticket.rooms.empty()) return absl::OkStatus();
  for (const auto& [room, since] : plan.rooms) {
    if (std::ranges::find(ticket.rooms, room) != ticket.rooms.end()) continue;
    return Error(absl::StatusCode::kPermissionDenied, "the ticket does not allow to join '{}'",
                 room.view());
  }
  return absl::OkStatus();
}

}  // namespace

bool IsWebSocketPath(const GateContext& context, std::string_view path) {
  if (context.echo) return true;
  return path == kPath || (path.starts_with(kPath) && path[kPath.size()] == '/');
}

absl::StatusOr<std::string> CheckHandshake(const HttpRequest& request) {
  if (request.method != "GET") return absl::InvalidArgumentError("an upgrade is a GET");
  if (!request.http11) return absl::InvalidArgumentError("an upgrade needs HTTP/1.1");
  if (!request.upgrades_to_websocket) {
    return absl::FailedPreconditionError("this is a WebSocket endpoint: Upgrade: websocket");
  }
  if (request.websocket_version != "13") {
    return absl::FailedPreconditionError("Sec-WebSocket-Version must be 13");
  }
  if (request.has_body) return absl::InvalidArgumentError("an upgrade has no body");
  return AcceptKey(request.websocket_key);
}

bool AsksOnConnect(const GateContext& context) {
  return context.hooks != nullptr && context.hooks->rules().Find(HookMethod::kConnect) != nullptr;
}

bool IsOwnParameter(std::string_view name) {
  return name == "token" || name == "ticket" || name == "room" || name == "since" ||
         name == "welcome";
}

absl::Status CheckRights(const GateContext& context, const UpgradePlan& plan,
                         int64_t now_unix_millis) {
  for (const auto& [room, since] : plan.rooms) {
    if (MayJoin(context.policies->For(room.view()), room.view(), plan.identity)) continue;
    if (context.memberships != nullptr &&
        context.memberships->Has(plan.identity.user, room.view(), now_unix_millis)) {
      continue;
    }
    return Error(absl::StatusCode::kPermissionDenied, "the token does not allow to join '{}'",
                 room.view());
  }
  return absl::OkStatus();
}

absl::Status PlanUpgrade(const GateContext& context, const HttpRequest& request,
                         std::string_view address, int64_t now_unix_millis, UpgradePlan& plan) {
  if (context.echo) {
    plan.identity.user = UserId("echo");
    plan.identity.grants = std::make_shared<Grants>();
    return AgreeOnDeflate(context, request, plan);
  }
  // First, since a browser takes no upgrade without the subprotocol it offered, not even one that
  // tells it why it is refused.
  const std::string_view token = FindToken(context, request, plan);
  if (!request.origin.empty() && !context.origins.Allows(request.origin)) {
    return absl::PermissionDeniedError("the page's Origin is not in client.allowed_origins");
  }
  const auto ticket = request.Parameter("ticket");
  const bool asks = AsksOnConnect(context);
  plan.has_token = ticket || !token.empty();
  if (!ticket && (plan.has_token || !asks)) {
    ASSIGN_OR_RETURN(plan.identity, context.verifier->Verify(token, now_unix_millis));
  }
  RETURN_IF_ERROR(ReadRooms(context, request, plan));
  plan.welcome = request.Parameter("welcome") == std::string_view("1");
  RETURN_IF_ERROR(AgreeOnDeflate(context, request, plan));
  // Last, so that what the client can mend does not cost it its ticket.
  if (ticket) RETURN_IF_ERROR(UseTicket(context, *ticket, address, now_unix_millis, plan));
  if (plan.has_token && IsRevoked(context.revocations, plan.identity, now_unix_millis)) {
    return TokenRevoked();
  }
  return asks ? absl::OkStatus() : CheckRights(context, plan, now_unix_millis);
}

}  // namespace edge
