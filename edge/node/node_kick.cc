// NodeApi: kicks and bans.
#include <algorithm>

#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"

namespace edge {
namespace {

// Sessions of this shard that a kick is about.
std::vector<Session*> Targets(Hub& hub, const KickCommand& command)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  std::vector<Session*> targets;
  if (command.connection) {
    Session* const session = hub.FindConnection(*command.connection);
    const bool here = command.connection->shard == hub.shard().index();
    if (session != nullptr && here) targets.push_back(session);
    return targets;
  }
  if (command.user) {
    hub.ForEachOfUser(command.user->view(), [&](Session& session) {
      kOnShard.AssertHeld();
      const bool named = !command.room || hub.member().IsInOrJoining(session, *command.room);
      if (named) targets.push_back(&session);
    });
    return targets;
  }
  hub.member().ForEachInOrJoining(*command.room,
                                  [&](Session& session) { targets.push_back(&session); });
  return targets;
}

}  // namespace

void Node::Kick(KickCommand command, Done<KickResult> done) {
  const int64_t now = clock_.UnixMillis();
  const int64_t until = command.ban_millis > 0 ? now + command.ban_millis : 0;
  // The ban stands before the first session is closed: nobody comes back in between.
  if (until != 0 && command.user) {
    if (absl::Status status =
            bans_.Add({*command.user, command.room, until, command.reason, now}, now);
        !status.ok()) {
      return std::move(done)(status);
    }
  }
  const auto shared = std::make_shared<const KickCommand>(std::move(command));
  auto gather = std::make_shared<Gather<KickResult>>(std::move(done));
  PostGatherAll(pool_, gather, [this, shared, until, now](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    if (shared->user && !shared->room) hub.kicks().Kicked(*shared->user);
    const std::vector<Session*> targets = Targets(hub, *shared);
    for (Session* session : targets) {
      if (until != 0 && !shared->user) {
        const absl::Status banned =
            bans_.Add({session->user(), shared->room, until, shared->reason, now}, now);
        if (!banned.ok()) share->Fail(banned);
      }
      hub.metrics().sessions_kicked.Add();
      hub.Close(*session, shared->code, shared->reason, LeaveReason::kKicked, Hub::CloseMode::kNow);
    }
    share->Update(
        [&](KickResult& result) { result.kicked += static_cast<uint32_t>(targets.size()); });
    // Answered when the homes know too, so that presence asked for after the answer agrees.
    if (!targets.empty()) hub.member().AfterLeaves(share);
  });
}

void Node::Ban(BanCommand command, Done<KickResult> done) {
  const int64_t now = clock_.UnixMillis();
  const int64_t until = command.ban_millis > 0 ? now + command.ban_millis : 0;
  if (absl::Status status =
          bans_.Add({command.user, command.room, until, command.reason, now}, now);
      !status.ok()) {
    return std::move(done)(status);
  }
  if (command.keep_sessions) return std::move(done)(KickResult{});
  Kick({.user = std::move(command.user),
        .room = std::move(command.room),
        .code = gatehouse::v1::CLOSE_CODE_BANNED,
        .reason = std::move(command.reason)},
       std::move(done));
}

void Node::Unban(UnbanCommand command, Done<UnbanResult> done) {
  std::move(done)(UnbanResult{bans_.Remove(command.user, command.room, clock_.UnixMillis())});
}

void Node::ListBans(Page page, Done<BanPage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(page.token, 2);
  if (!after.ok()) return std::move(done)(after.status());
  std::vector<edge::Ban> bans =
      bans_.List(UserId((*after)[0]), (*after)[1], page.size + 1, clock_.UnixMillis());
  BanPage result;
  if (bans.size() > page.size) {
    bans.pop_back();
    const edge::Ban& last = bans.back();
    result.next_token = MakePageToken({last.user.str(), last.room ? last.room->str() : ""});
  }
  for (edge::Ban& ban : bans) {
    result.bans.push_back({std::move(ban.user), std::move(ban.room), ban.until_unix_millis,
                           std::move(ban.reason), ban.created_unix_millis});
  }
  std::move(done)(std::move(result));
}

}  // namespace edge
