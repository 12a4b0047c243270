#include "control/kick_handlers.h"

#include <fmt/format.h>

#include "control/message_parts.h"
#include "control/request_check.h"
#include "gatehouse/v1/close_code.pb.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr std::string_view kEverywhere = "and without a room this is about all of them";

uint16_t ReadCloseCode(uint32_t code, RequestCheck& check) {
  constexpr uint32_t kNormal = 1000;
  constexpr uint32_t kFirst = 3000;
  constexpr uint32_t kLast = 4999;
  if (code == 0) return v1::CLOSE_CODE_FORCE_DISCONNECT;
  if (code != kNormal && (code < kFirst || code > kLast)) {
    check.Refuse("code", fmt::format("is {}; allowed: 1000, 3000 to 4999, or 0 for 3503", code));
    return 0;
  }
  return static_cast<uint16_t>(code);
}

void CheckKickTarget(const v1::KickRequest& request, RequestCheck& check) {
  const bool more = !request.user().empty() || !request.room().empty();
  if (request.connection().empty() && !more) {
    check.Refuse("user", "is missing: a user, a connection, a room, or a user and a room");
  }
  if (!request.connection().empty() && more) {
    check.Refuse("connection", "is given together with a user or a room");
  }
  if (request.room().empty()) check.NeedAllRooms(kEverywhere);
}

}  // namespace

void Kick(const CallContext& call, const v1::KickRequest& request, Reply<v1::KickResponse> reply) {
  RequestCheck check(call.scopes);
  CheckKickTarget(request, check);
  edge::KickCommand command;
  command.user = check.OptionalUser("user", request.user());
  command.room = check.OptionalRoom("room", request.room());
  if (!request.connection().empty()) {
    command.connection = check.Connection("connection", request.connection());
  }
  command.code = ReadCloseCode(request.code(), check);
  command.reason = check.CloseReason("reason", request.reason());
  command.ban_millis = check.Millis("ban_for", request.ban_for());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.Kick(std::move(command), reply.Then<edge::KickResult>(
                                         [](edge::KickResult result, v1::KickResponse& response) {
                                           response.set_kicked(result.kicked);
                                         }));
}

void Ban(const CallContext& call, const v1::BanRequest& request, Reply<v1::BanResponse> reply) {
  RequestCheck check(call.scopes);
  if (request.room().empty()) check.NeedAllRooms(kEverywhere);
  edge::BanCommand command;
  command.user = check.User("user", request.user());
  command.room = check.OptionalRoom("room", request.room());
  command.ban_millis = check.Millis("ban_for", request.ban_for());
  command.reason = check.CloseReason("reason", request.reason());
  command.keep_sessions = request.keep_sessions();
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.Ban(std::move(command), reply.Then<edge::KickResult>(
                                        [](edge::KickResult result, v1::BanResponse& response) {
                                          response.set_kicked(result.kicked);
                                        }));
}

void Unban(const CallContext& call, const v1::UnbanRequest& request,
           Reply<v1::UnbanResponse> reply) {
  RequestCheck check(call.scopes);
  if (request.room().empty()) check.NeedAllRooms(kEverywhere);
  edge::UnbanCommand command;
  command.user = check.User("user", request.user());
  command.room = check.OptionalRoom("room", request.room());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.Unban(
      std::move(command),
      reply.Then<edge::UnbanResult>([](edge::UnbanResult result, v1::UnbanResponse& response) {
        response.set_existed(result.existed);
      }));
}

void ListBans(const CallContext& call, const v1::ListBansRequest& request,
              Reply<v1::ListBansResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and this lists the bans of all");
  edge::Page page = check.Page(request.page_size(), request.page_token());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.ListBans(
      std::move(page),
      reply.ThenPage<edge::BanPage>([](edge::BanPage result, v1::ListBansResponse& response) {
        for (edge::BanEntry& ban : result.bans) {
          v1::BanInfo& info = *response.add_bans();
          info.set_user(ban.user.str());
          if (ban.room) info.set_room(ban.room->str());
          if (ban.until_unix_millis != 0) SetTime(ban.until_unix_millis, *info.mutable_until());
          info.set_reason(std::move(ban.reason));
          SetTime(ban.created_unix_millis, *info.mutable_created());
        }
        response.set_next_page_token(std::move(result.next_token));
      }));
}

}  // namespace control
