// How clients become sessions, and what a refreshed token changes.
#include <algorithm>
#include <utility>

#include "edge/base/log.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"
#include "edge/hub/room_rights.h"
#include "edge/protocol/error_code.h"

namespace edge {

bool Hub::TakeHandshake() {
  const uint32_t rate = context_.settings.handshakes_per_second;
  return handshakes_.TryTake({.per_second = rate, .burst = rate}, now_millis());
}

absl::Status Hub::CheckAdmission(const Admission& admission) {
  const UserId& user = admission.identity.user;
  if (!admitting_) return absl::UnavailableError("the node is leaving");
  if (const auto ban = context_.bans->Find(user, unix_millis())) {
    return absl::PermissionDeniedError(
        ToAbsl(ban->reason.empty() ? "banned" : fmt::format("banned: {}", ban->reason)));
  }
  if (admission.kicks_since != 0 && kicks_.KickedSince(admission.kicks_since, user)) {
    return absl::PermissionDeniedError("kicked");
  }
  // Again, since the token was checked before the application was asked.
  if (IsRevoked(context_.revocations, admission.identity, unix_millis())) return TokenRevoked();
  return absl::OkStatus();
}

bool Hub::NeedsWelcome(const WantedRoom& room) const {
  const RoomPolicy& policy = context_.policies->For(room.name.view());
  return room.since || policy.recovery == RoomPolicy::Recovery::kForced;
}

void Hub::Admit(Admission admission) {
  if (const absl::Status status = CheckAdmission(admission); !status.ok()) {
    return admission.transport->Refuse(status);
  }
  Session& session = sessions_.Add();
  session.transport = std::move(admission.transport);
  session.deflate_bits = admission.deflate_bits;
  session.transport->Attach(session);
  SessionDetails& details = *session.details;
  details.identity = std::move(admission.identity);
  details.identity.grants = grants_.Intern(*details.identity.grants);
  details.remote_address = std::move(admission.remote_address);
  details.user_agent = std::move(admission.user_agent);
  details.connected_unix_millis = unix_millis();
  details.protocol = admission.protocol;
  details.welcome = admission.welcome;
  session.deadline_millis = now_millis() + context_.settings.handshake_timeout_millis;
  LinkUser(session);
  metrics_.sessions.Add(1);
  metrics_.sessions_opened.Add();
  details.admission_joins =
      static_cast<uint32_t>(admission.rooms.size() + admission.granted_rooms.size());
  details.hooked = std::move(admission.hooked);
  for (const WantedRoom& room : admission.granted_rooms) {
    details.service_rooms.push_back(room.name);
    details.welcome |= NeedsWelcome(room);
  }
  for (const WantedRoom& room : admission.rooms) {
    details.welcome |= NeedsWelcome(room);
    if (context_.memberships != nullptr &&
        context_.memberships->Has(session.user(), room.name.view(), unix_millis())) {
      details.service_rooms.push_back(room.name);
    }
  }
  ArmTimer(session);
  if (details.admission_joins == 0) return FinishAdmission(session);
  for (WantedRoom& room : admission.granted_rooms) {
    JoinAdmitted(session, std::move(room));
    if (session.state != SessionState::kAdmitting) return;
  }
  for (WantedRoom& room : admission.rooms) {
    if (details.hooked != nullptr && context_.policies->For(room.name.view()).ask_join) {
      details.hooked->rooms_to_ask.push_back(std::move(room));
      continue;
    }
    JoinAdmitted(session, std::move(room));
    if (session.state != SessionState::kAdmitting) return;
  }
  if (details.hooked != nullptr) hooks_.AskAdmissionRooms(session);
}

void Hub::JoinAdmitted(Session& session, WantedRoom room) {
  auto joined = [this, handle = session.handle(), name = room.name.str()](
                    const absl::Status& status, const JoinedRoom& place) {
    kOnShard.AssertHeld();
    Session* const found = Find(handle);
    if (found == nullptr) return;
    OnAdmissionJoined(*found, status, {name, place.position, place.recovered});
  };
  member_.RequestJoin(session, std::move(room.name), room.since, std::move(joined));
}

void Hub::OnMessage(Session& session, bool text, std::string_view message) {
  if (session.state != SessionState::kOpen) return;
  if (context_.settings.echo) {
    const Publication same{.kind = text ? ContentKind::kText : ContentKind::kBinary,
                           .content = message};
    MessageFrames frames(session.details->protocol->EncodePublication(same), deflater_);
    Push(session, frames);
  } else if (text) {
    commands_.OnText(session, message);
  } else {
    commands_.OnBinary(session, message);
  }
}

void Hub::OnAdmissionJoined(Session& session, const absl::Status& status,
                            ClientReply::WelcomeRoom room) {
  if (session.state != SessionState::kAdmitting) return;
  if (!status.ok()) return RefuseAdmission(session, status);
  SessionDetails& details = *session.details;
  if (details.welcome) details.welcome_rooms.push_back(std::move(room));
  if (--details.admission_joins == 0) FinishAdmission(session);
}

void Hub::FinishAdmission(Session& session) {
  session.state = SessionState::kOpen;
  session.heard_millis = now_millis();
  // The first ping comes at a random point of the second half of the interval.
  const auto half = static_cast<uint64_t>(context_.settings.ping_interval_millis / 2);
  session.ping_millis = now_millis() - static_cast<int64_t>(random_.Below(half));
  const LocalFramePtr open = session.transport->Open();
  if (session.details->welcome) {
    const std::vector<ClientReply::WelcomeRoom> positions =
        std::exchange(session.details->welcome_rooms, {});
    ClientReply reply{.kind = ClientReply::Kind::kWelcome};
    reply.user = session.user().view();
    reply.connection = IdOf(session).ToString();
    reply.rooms = &positions;
    reply.expires_unix_millis = session.details->identity.expires_at_millis;
    // Before what the rooms that were joined first have had to say meanwhile: its positions are
    // older.
    MessageFrames welcome(session.details->protocol->EncodeReply(reply), deflater_);
    session.outbound.PushFront(welcome.For(session.deflate_bits));
  }
  session.outbound.PushFront(*open);
  ArmTimer(session);
  MarkDirty(session, few_);
  events_.Connected(session);
  if (session.details->hooked != nullptr) hooks_.TellConnected(session);
  JoinStickyRooms(session);
}

void Hub::JoinStickyRooms(Session& session) {
  if (context_.memberships == nullptr) return;
  for (RoomName& room : context_.memberships->RoomsOf(session.user(), unix_millis())) {
    if (session.state != SessionState::kOpen) return;
    if (!member_.IsInOrJoining(session, room)) member_.JoinByService(session, std::move(room), {});
  }
}

void Hub::RefuseAdmission(Session& session, const absl::Status& status, LeaveReason why) {
  Detach(session, why);
  session.transport->Refuse(status);
  End(session);
}

void Hub::Refresh(Session& session, Identity identity) {
  Identity& mine = session.details->identity;
  const bool new_info = identity.info != mine.info;
  mine = std::move(identity);
  mine.grants = grants_.Intern(*mine.grants);
  std::vector<RoomName> lost;
  member_.table().ForEachRoomOf(session.slot, [&](const RoomName& room) {
    const bool by_service = std::ranges::find(session.details->service_rooms, room) !=
                            session.details->service_rooms.end();
    const RoomPolicy& policy = context_.policies->For(room.view());
    if (!by_service && !MayJoin(policy, room.view(), mine)) lost.push_back(room);
  });
  for (const RoomName& room : lost) {
    member_.Leave(session, room, LeaveReason::kRemoved);
    Reply(session, {.kind = ClientReply::Kind::kRemoved, .room = room.view()});
  }
  if (new_info) member_.SendInfo(session);
  ArmTimer(session);
}

}  // namespace edge
