#include "control/ticket_handlers.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "control/message_parts.h"
#include "control/request_check.h"
#include "edge/base/ip_address.h"
#include "edge/base/json_scanner.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr size_t kMaxPatterns = 64;
constexpr int64_t kDefaultTtlMillis = 30'000;
constexpr int64_t kMaxTtlMillis = 600'000;

int64_t ReadTtl(const google::protobuf::Duration& ttl, RequestCheck& check) {
  const int64_t millis = check.Millis("ttl", ttl);
  if (millis > kMaxTtlMillis) {
    check.Refuse("ttl", fmt::format("is {} ms, limit {}", millis, kMaxTtlMillis));
  }
  return millis == 0 ? kDefaultTtlMillis : millis;
}

std::string ReadAddress(const std::string& text, RequestCheck& check) {
  if (text.empty()) return "";
  std::optional<std::string> address = edge::CanonicalIp(text);
  if (!address) check.Refuse("address", "is no IP address: 192.0.2.1, 2001:db8::1");
  return address.value_or("");
}

void ReadRights(const v1::CreateTicketRequest& request, RequestCheck& check,
                edge::TicketCommand& command) {
  command.join = check.Patterns("join", request.join(), kMaxPatterns);
  command.publish = check.Patterns("publish", request.publish(), kMaxPatterns);
  if (!request.rooms().empty()) {
    command.rooms = check.Rooms("rooms", request.rooms(), kMaxPatterns);
  }
  const size_t joins = command.join.size() + command.rooms.size();
  if (joins > kMaxPatterns) {
    check.Refuse("rooms", fmt::format("{} with those of join, limit {}", joins, kMaxPatterns));
  }
}

void CheckRevokeTarget(const v1::RevokeTokensRequest& request, RequestCheck& check) {
  const bool by_token = !request.token_id().empty();
  if (by_token && !request.user().empty()) {
    check.Refuse("token_id", "is given together with a user");
  }
  if (by_token && request.has_issued_before()) {
    check.Refuse("issued_before", "is given together with a token_id");
  }
  if (!by_token && request.user().empty() && !request.has_issued_before()) {
    check.Refuse("user", "is missing: a user, a token_id, or an issued_before for all users");
  }
}

}  // namespace

void CreateTicket(const CallContext& call, const v1::CreateTicketRequest& request,
                  Reply<v1::CreateTicketResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and a ticket lets in as a user, who has rooms and messages of its own");
  edge::TicketCommand command;
  command.user = check.User("user", request.user());
  if (!request.info().empty() && !edge::IsValidJson(request.info())) {
    check.Refuse("info", "is no JSON text");
  }
  command.info = request.info();
  ReadRights(request, check, command);
  command.session_millis = check.Millis("session_for", request.session_for());
  command.ttl_millis = ReadTtl(request.ttl(), check);
  command.address = ReadAddress(request.address(), check);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::TicketResult result, v1::CreateTicketResponse& response) {
    response.set_ticket(std::move(result.ticket));
    SetTime(result.expires_unix_millis, *response.mutable_expires());
  };
  call.node.CreateTicket(std::move(command), reply.Then<edge::TicketResult>(write));
}

void RevokeTokens(const CallContext& call, const v1::RevokeTokensRequest& request,
                  Reply<v1::RevokeTokensResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and tokens are not bounded by rooms");
  CheckRevokeTarget(request, check);
  edge::RevokeCommand command;
  command.user = check.OptionalUser("user", request.user());
  command.token_id = check.TokenId("token_id", request.token_id());
  if (request.has_issued_before()) {
    command.issued_before_unix_millis = check.UnixMillis("issued_before", request.issued_before());
  }
  command.keep_millis = check.Millis("keep_for", request.keep_for());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::RevokeResult result, v1::RevokeTokensResponse& response) {
    response.set_closed(result.closed);
    SetTime(result.until_unix_millis, *response.mutable_until());
  };
  call.node.RevokeTokens(std::move(command), reply.Then<edge::RevokeResult>(write));
}

void ListRevocations(const CallContext& call, const v1::ListRevocationsRequest& request,
                     Reply<v1::ListRevocationsResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and revocations are not bounded by rooms");
  edge::Page page = check.Page(request.page_size(), request.page_token());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::RevocationPage result, v1::ListRevocationsResponse& response) {
    for (edge::RevocationEntry& entry : result.revocations) {
      v1::RevocationInfo& info = *response.add_revocations();
      if (entry.user) info.set_user(entry.user->str());
      if (entry.token_id.empty()) {
        SetTime(entry.issued_before_unix_millis, *info.mutable_issued_before());
      }
      info.set_token_id(std::move(entry.token_id));
      SetTime(entry.until_unix_millis, *info.mutable_until());
      SetTime(entry.created_unix_millis, *info.mutable_created());
    }
    response.set_next_page_token(std::move(result.next_token));
  };
  call.node.ListRevocations(std::move(page), reply.ThenPage<edge::RevocationPage>(write));
}

}  // namespace control
