#include "control/member_handlers.h"

#include <fmt/format.h>

#include <utility>

#include "control/message_parts.h"
#include "control/request_check.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

template <typename Request>
edge::MembersCommand ReadMembers(const Request& request, RequestCheck& check) {
  const size_t targets =
      static_cast<size_t>(request.users_size()) + static_cast<size_t>(request.connections_size());
  if (targets == 0) check.Refuse("users", "is empty, and so is connections: nobody is named");
  if (targets > kMaxTargets) {
    check.Refuse("users", fmt::format("{} users and connections, limit {}", targets, kMaxTargets));
  }
  return {.room = check.Room("room", request.room()),
          .users = check.Users("users", request.users()),
          .connections = check.Connections("connections", request.connections())};
}

}  // namespace

void AddMembers(const CallContext& call, const v1::AddMembersRequest& request,
                Reply<v1::AddMembersResponse> reply) {
  RequestCheck check(call.scopes);
  edge::MembersCommand command = ReadMembers(request, check);
  if (request.has_sticky_for()) {
    command.sticky_millis = check.Millis("sticky_for", request.sticky_for());
    if (request.connections_size() > 0) {
      check.Refuse("sticky_for", "is for users; connections do not come back");
    }
  }
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::AddMembersResult result, v1::AddMembersResponse& response) {
    response.set_matched(result.matched);
    response.set_added(result.added);
    response.set_already_members(result.already_members);
    response.set_failed(result.failed);
  };
  call.node.AddMembers(std::move(command), reply.Then<edge::AddMembersResult>(write));
}

void RemoveMembers(const CallContext& call, const v1::RemoveMembersRequest& request,
                   Reply<v1::RemoveMembersResponse> reply) {
  RequestCheck check(call.scopes);
  edge::MembersCommand command = ReadMembers(request, check);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::RemoveMembersResult result, v1::RemoveMembersResponse& response) {
    response.set_matched(result.matched);
    response.set_removed(result.removed);
  };
  call.node.RemoveMembers(std::move(command), reply.Then<edge::RemoveMembersResult>(write));
}

void ListMemberships(const CallContext& call, const v1::ListMembershipsRequest& request,
                     Reply<v1::ListMembershipsResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and this lists memberships of all rooms");
  edge::MembershipQuery query{.user = check.OptionalUser("user", request.user()),
                              .page = check.Page(request.page_size(), request.page_token())};
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](edge::MembershipPage page, v1::ListMembershipsResponse& response) {
    for (const edge::StickyMembership& from : page.memberships) {
      v1::Membership& membership = *response.add_memberships();
      membership.set_user(from.user.str());
      membership.set_room(from.room.str());
      SetTime(from.until_unix_millis, *membership.mutable_until());
    }
    response.set_next_page_token(std::move(page.next_token));
  };
  call.node.ListMemberships(std::move(query), reply.ThenPage<edge::MembershipPage>(write));
}

}  // namespace control
