// NodeApi: tickets, and tokens that are revoked.
#include <algorithm>

#include "edge/auth/presence_info.h"
#include "edge/base/text.h"
#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"

namespace edge {
namespace {

constexpr int64_t kMostAheadMillis = 60000;

absl::StatusOr<std::shared_ptr<const Grants>> GrantsFor(TicketCommand& command) {
  // Room names are patterns of themselves: '*' is in none.
  for (const RoomName& room : command.rooms) command.join.push_back(room.str());
  absl::StatusOr<RoomPatterns> join = RoomPatterns::Parse(std::move(command.join));
  if (!join.ok()) return join.status();
  absl::StatusOr<RoomPatterns> publish = RoomPatterns::Parse(std::move(command.publish));
  if (!publish.ok()) return publish.status();
  return std::make_shared<const Grants>(Grants{*std::move(join), *std::move(publish)});
}

Revocation RevocationOf(const RevokeCommand& command, int64_t until, int64_t now) {
  Revocation revocation;
  revocation.until_unix_millis = until;
  revocation.created_unix_millis = now;
  if (!command.token_id.empty()) {
    revocation.kind = Revocation::Kind::kToken;
    revocation.name = command.token_id;
    return revocation;
  }
  revocation.kind = command.user ? Revocation::Kind::kUser : Revocation::Kind::kAll;
  if (command.user) revocation.name = command.user->str();
  revocation.issued_before_unix_millis =
      command.issued_before_unix_millis == 0 ? now : command.issued_before_unix_millis;
  return revocation;
}

// The live sessions of this shard that the revocation covers.
std::vector<Session*> Covered(Hub& hub, const Revocation& revocation)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  std::vector<Session*> covered;
  const auto take = [&](Session& session) {
    if (revocation.Covers(session.details->identity)) covered.push_back(&session);
  };
  if (revocation.kind == Revocation::Kind::kUser) {
    hub.ForEachOfUser(revocation.name, take);
    return covered;
  }
  SessionTable& sessions = hub.sessions();
  for (uint32_t slot = 0; slot < sessions.slot_bound(); ++slot) {
    Session& session = sessions.At(slot);
    if (session.live()) take(session);
  }
  return covered;
}

std::string KindText(Revocation::Kind kind) {
  return std::to_string(static_cast<int>(kind));
}

}  // namespace

void Node::CreateTicket(TicketCommand command, Done<TicketResult> done) {
  command.info = CompactJson(command.info);
  const absl::Status info =
      CheckPresenceInfo(command.info, config_.client().max_presence_info_size());
  if (!info.ok()) {
    return std::move(done)(
        Error(absl::StatusCode::kInvalidArgument, "info {}", ToStd(info.message())));
  }
  auto grants = GrantsFor(command);
  if (!grants.ok()) return std::move(done)(grants.status());
  const int64_t now = clock_.UnixMillis();
  Ticket ticket;
  ticket.identity = {.user = std::move(command.user),
                     .info = std::move(command.info),
                     .grants = *std::move(grants),
                     .issued_at_millis = now};
  ticket.rooms = std::move(command.rooms);
  ticket.address = std::move(command.address);
  ticket.session_millis = command.session_millis;
  ticket.until_unix_millis = now + command.ttl_millis;
  const int64_t until = ticket.until_unix_millis;
  absl::StatusOr<std::string> text = tickets_.Create(std::move(ticket), now);
  if (!text.ok()) return std::move(done)(text.status());
  std::move(done)(TicketResult{*std::move(text), until});
}

void Node::RevokeTokens(RevokeCommand command, Done<RevokeResult> done) {
  const int64_t now = clock_.UnixMillis();
  const auto most = static_cast<int64_t>(config_.auth().revocation_time());
  if (command.issued_before_unix_millis > now + kMostAheadMillis) {
    return std::move(done)(absl::InvalidArgumentError(
        "issued_before is more than a minute ahead: it is about tokens there are"));
  }
  if (command.keep_millis > most) {
    return std::move(done)(Error(absl::StatusCode::kInvalidArgument,
                                 "keep_for is {} ms, limit {} (auth.revocation_time)",
                                 command.keep_millis, most));
  }
  const int64_t until = now + (command.keep_millis == 0 ? most : command.keep_millis);
  // It stands before the first session is closed: nobody comes back in between. Who is being
  // admitted meanwhile is refused when it enters its hub.
  absl::StatusOr<Revocation> added = revocations_.Add(RevocationOf(command, until, now), now);
  if (!added.ok()) return std::move(done)(added.status());
  const auto shared = std::make_shared<const Revocation>(*std::move(added));
  auto gather = std::make_shared<Gather<RevokeResult>>(std::move(done));
  gather->Update(
      [&](RevokeResult& result) { result.until_unix_millis = shared->until_unix_millis; });
  PostGatherAll(pool_, gather, [shared](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const std::vector<Session*> covered = Covered(hub, *shared);
    for (Session* session : covered) {
      hub.metrics().sessions_kicked.Add();
      hub.Close(*session, gatehouse::v1::CLOSE_CODE_INVALID_TOKEN, "token revoked",
                LeaveReason::kKicked, Hub::CloseMode::kNow);
    }
    share->Update(
        [&](RevokeResult& result) { result.closed += static_cast<uint32_t>(covered.size()); });
    // As for a kick: answered when the homes know too.
    if (!covered.empty()) hub.member().AfterLeaves(share);
  });
}

void Node::ListRevocations(Page page, Done<RevocationPage> done) {
  absl::StatusOr<std::vector<std::string>> after = ReadPageToken(page.token, 2);
  if (!after.ok()) return std::move(done)(after.status());
  const std::string& kind = (*after)[0];
  if (!page.token.empty() && kind != "0" && kind != "1" && kind != "2") {
    return std::move(done)(absl::InvalidArgumentError("page_token is not the next_page_token"));
  }
  const auto after_kind =
      kind.empty() ? Revocation::Kind::kAll : static_cast<Revocation::Kind>(kind[0] - '0');
  std::vector<Revocation> found = revocations_.List(page.token.empty(), after_kind, (*after)[1],
                                                    page.size + 1, clock_.UnixMillis());
  RevocationPage result;
  if (found.size() > page.size) {
    found.pop_back();
    result.next_token = MakePageToken({KindText(found.back().kind), found.back().name});
  }
  for (Revocation& each : found) {
    RevocationEntry& entry = result.revocations.emplace_back();
    entry.issued_before_unix_millis = each.issued_before_unix_millis;
    entry.until_unix_millis = each.until_unix_millis;
    entry.created_unix_millis = each.created_unix_millis;
    if (each.kind == Revocation::Kind::kUser) entry.user = UserId(std::move(each.name));
    if (each.kind == Revocation::Kind::kToken) entry.token_id = std::move(each.name);
  }
  std::move(done)(std::move(result));
}

}  // namespace edge
