// NodeApi: membership that services decide.
#include <algorithm>
#include <optional>

#include "edge/node/gather.h"
#include "edge/node/node.h"

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

void Node::AddMembers(MembersCommand command, Done<AddMembersResult> done) {
  const auto shared = std::make_shared<const MembersCommand>(std::move(command));
  auto gather = std::make_shared<Gather<AddMembersResult>>(std::move(done));
  PostGatherAll(pool_, gather, [shared](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const std::vector<Session*> sessions = SessionsOf(hub, *shared);
    share->Update([&](AddMembersResult& result) {
      result.matched += static_cast<uint32_t>(sessions.size());
    });
    for (Session* session : sessions) {
      const SessionHandle handle = session->handle();
      auto joined = [&hub, handle, shared, share](const absl::Status& status,
                                                  const JoinedRoom& place) {
        kOnShard.AssertHeld();
        share->Update([&](AddMembersResult& result) { CountJoin(status, result); });
        Session* const added = hub.Find(handle);
        if (added == nullptr || !status.ok()) return;
        added->details->service_rooms.push_back(shared->room);
        hub.Reply(*added, {.kind = ClientReply::Kind::kJoined,
                           .room = shared->room.view(),
                           .position = place.position,
                           .recovered = place.recovered});
      };
      hub.member().RequestJoin(*session, shared->room, std::nullopt, std::move(joined));
    }
  });
}

void Node::RemoveMembers(MembersCommand command, Done<RemoveMembersResult> done) {
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

}  // namespace edge
