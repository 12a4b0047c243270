// NodeApi: membership that services decide.
#include <algorithm>
#include <optional>

#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"

namespace edge {
namespace {

// The live sessions of this shard that a command names, each once.
std::vector<Session*> SessionsOf(Hub& hub, const MembersCommand& command)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  std::vector<Session*> sessions;
  const auto add = [&](Session& session) {
    if (std::ranges::find(sessions, &session) == sessions.end()) sessions.push_back(&session);
  };
  for (const UserId& user : command.users) hub.ForEachOfUser(user.view(), add);
  for (const ConnectionId& connection : command.connections) {
    if (connection.shard != hub.shard().index()) continue;
    if (Session* session = hub.FindConnection(connection)) add(*session);
  }
  return sessions;
}

void CountJoin(const absl::Status& status, AddMembersResult& result) {
  if (status.ok()) {
    ++result.added;
  } else if (status.code() == absl::StatusCode::kAlreadyExists) {
    ++result.already_members;
  } else {
    ++result.failed;
  }
}

}  // namespace

absl::Status Node::MakeSticky(const MembersCommand& command) {
  if (command.sticky_millis == 0) return absl::OkStatus();
  const int64_t now = clock_.UnixMillis();
  for (const UserId& user : command.users) {
    absl::Status added = memberships_.Add({user, command.room, now + command.sticky_millis}, now);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

void Node::AddMembers(MembersCommand command, Done<AddMembersResult> done) {
  // First, so that a session which is being admitted meanwhile finds it or is found below.
  if (absl::Status status = MakeSticky(command); !status.ok()) return std::move(done)(status);
  const auto shared = std::make_shared<const MembersCommand>(std::move(command));
  auto gather = std::make_shared<Gather<AddMembersResult>>(std::move(done));
  PostGatherAll(pool_, gather, [shared](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const std::vector<Session*> sessions = SessionsOf(hub, *shared);
    share->Update([&](AddMembersResult& result) {
      result.matched += static_cast<uint32_t>(sessions.size());
    });
    for (Session* session : sessions) {
      hub.member().JoinByService(*session, shared->room, [share](const absl::Status& status) {
        share->Update([&](AddMembersResult& result) { CountJoin(status, result); });
      });
    }
  });
}

void Node::RemoveMembers(MembersCommand command, Done<RemoveMembersResult> done) {
  for (const UserId& user : command.users) {
    memberships_.Remove(user, command.room, clock_.UnixMillis());
  }
  const auto shared = std::make_shared<const MembersCommand>(std::move(command));
  auto gather = std::make_shared<Gather<RemoveMembersResult>>(std::move(done));
  PostGatherAll(pool_, gather, [shared](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const std::vector<Session*> sessions = SessionsOf(hub, *shared);
    uint32_t removed = 0;
    for (Session* session : sessions) {
      std::erase(session->details->service_rooms, shared->room);
      if (!hub.member().Leave(*session, shared->room, LeaveReason::kRemoved)) continue;
      ++removed;
      hub.Reply(*session, {.kind = ClientReply::Kind::kRemoved, .room = shared->room.view()});
    }
    share->Update([&](RemoveMembersResult& result) {
      result.matched += static_cast<uint32_t>(sessions.size());
      result.removed += removed;
    });
    if (removed > 0) hub.member().AfterLeaves(share);
  });
}

void Node::ListMemberships(MembershipQuery query, Done<MembershipPage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(query.page.token, 2);
  if (!after.ok()) return std::move(done)(after.status());
  MembershipPage page;
  page.memberships =
      memberships_.List(UserId((*after)[0]), RoomName((*after)[1]), query.user.value_or(UserId()),
                        query.page.size + 1, clock_.UnixMillis());
  if (page.memberships.size() > query.page.size) {
    page.memberships.pop_back();
    const StickyMembership& last = page.memberships.back();
    page.next_token = MakePageToken({last.user.str(), last.room.str()});
  }
  std::move(done)(std::move(page));
}

}  // namespace edge
