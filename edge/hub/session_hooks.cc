#include "edge/hub/session_hooks.h"

#include <array>
#include <utility>

#include "edge/auth/presence_info.h"
#include "edge/base/check.h"
#include "edge/base/ip_address.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"
#include "edge/protocol/error_code.h"
#include "edge/session/hooked_session.h"

namespace edge {
namespace {

using namespace gatehouse::v1;

// By LeaveReason.
constexpr std::array<std::string_view, 9> kReasons = {"unknown",   "left",    "disconnected",
                                                      "kicked",    "removed", "slow",
                                                      "timed out", "expired", "drained"};

MessageBody BodyOf(std::string user, const HookPayload& payload) {
  MessageBody body{.user = std::move(user)};
  switch (payload.kind_case()) {
    case HookPayload::kText:
      body.kind = ContentKind::kText;
      body.content = payload.text();
      break;
    case HookPayload::kBinary:
      body.kind = ContentKind::kBinary;
      body.content = payload.binary();
      break;
    default:
      body.content = payload.json();
  }
  return body;
}

// What every answer but OnConnect's and OnRefresh's may bring.
template <typename Response>
void TakeState(const Response& response, Session& session) {
  if (response.has_state()) session.details->hooked->state = response.state();
}

}  // namespace

const HookRule& SessionHooks::RuleFor(HookMethod method, std::string_view name) const {
  const HookRule* const rule = hub_.context().hooks->rules().Find(method, name);
  GATEHOUSE_CHECK(rule != nullptr, "a hook is asked for that no rule has");
  return *rule;
}

void SessionHooks::FillSession(const Session& session, HookSession& out) const {
  const SessionDetails& details = *session.details;
  out.set_connection(hub_.IdOf(session).ToString());
  out.set_user(session.user().str());
  out.set_info(details.identity.info);
  out.set_address(std::string(WithoutPort(details.remote_address)));
  out.set_state(details.hooked->state);
}

void SessionHooks::Ask(Session& session, const HookRule& rule, HookRequest request, Then then) {
  session.asking = true;
  HookCall call{std::move(request), session.details->hooked->traceparent};
  const SessionHandle handle = session.handle();
  Hooks::Then deliver = [handle, then = std::move(then)](Hub& hub, HookAnswer answer) mutable {
    kOnShard.AssertHeld();
    hub.hooks().OnAnswer(handle, std::move(then), std::move(answer));
  };
  if (hub_.context().hooks->Ask(rule, std::move(call), hub_.shard(), std::move(deliver))) return;
  // NOLINTNEXTLINE(bugprone-use-after-move): Hooks::Ask leaves what it does not take as it was
  std::move(deliver)(hub_, {absl::UnavailableError("too many questions wait for the application"),
                            EmptyResponse(rule.method)});
}

void SessionHooks::OnAnswer(SessionHandle handle, Then then, HookAnswer answer) {
  Session* const session = hub_.Find(handle);
  if (session == nullptr) return;
  session->asking = false;
  std::move(then)(*session, answer);
  if (session->asking || session->state != SessionState::kOpen) return;
  session->transport->ResumeReading();
  // Its expiry may be due, and was not looked at.
  hub_.ArmTimer(*session);
}

void SessionHooks::Forget(Session& session) {
  if (!session.asking) return;
  session.asking = false;
  session.transport->ResumeReading();
}

void SessionHooks::AskMessage(Session& session, std::string room, ContentKind kind,
                              std::string_view content, std::string_view id) {
  const HookRule& rule = RuleFor(HookMethod::kMessage, room);
  OnMessageRequest request;
  FillSession(session, *request.mutable_session());
  request.set_room(room);
  MessageBody body{.user = session.user().str(), .kind = kind, .content = std::string(content)};
  if (kind == ContentKind::kBinary) {
    request.mutable_payload()->set_binary(body.content);
  } else {
    request.mutable_payload()->set_json(body.content);
  }
  Ask(session, rule, std::move(request),
      [this, &rule, room = std::move(room), body = std::move(body), id = std::string(id)](
          Session& asker, HookAnswer& answer) mutable {
        kOnShard.AssertHeld();
        OnMessageAnswer(asker, rule, room, std::move(body), id, answer);
      });
}

void SessionHooks::OnMessageAnswer(Session& session, const HookRule& rule, const std::string& room,
                                   MessageBody body, const std::string& id, HookAnswer& answer) {
  ClientCommands& commands = hub_.commands();
  if (!answer.status.ok() && !rule.fail_open) return commands.Fail(session, id, answer.status);
  const auto& response = std::get<OnMessageResponse>(answer.response);
  TakeState(response, session);
  if (response.has_replace()) body = BodyOf(session.user().str(), response.replace());
  const bool binary = body.kind == ContentKind::kBinary;
  if (response.has_refuse()) {
    commands.Fail(session, id, RefusalOf(response.refuse()));
  } else if (!hub_.member().table().Contains(room, session.slot)) {
    // Taken out of it while the application was asked.
    return commands.Fail(session, id, absl::FailedPreconditionError("not in the room any more"));
  } else if (binary && !hub_.context().policies->For(room).binary) {
    return commands.Fail(
        session, id, absl::InternalError("the application's answer is binary, the room is not"));
  } else if (!response.has_drop()) {
    commands.Send(session, room, std::move(body), id);
  } else if (!id.empty()) {
    hub_.Reply(session, {.kind = ClientReply::Kind::kAck, .id = id, .room = room});
  }
  for (const HookPublication& each : response.publish()) PublishElsewhere(each);
  for (const HookPayload& each : response.answers()) AnswerSender(session, each);
}

void SessionHooks::PublishElsewhere(const HookPublication& publication) {
  RoomName room(publication.room());
  if (publication.payload().has_binary() && !hub_.context().policies->For(room.view()).binary) {
    return;
  }
  const ShardIndex home = hub_.shard().HomeOf(room.view());
  MessageBody body = BodyOf(publication.user(), publication.payload());
  // A full mailbox refuses it, which is counted; the sender's own message is another matter.
  hub_.member().SendRequest(home, [room = std::move(room), body = std::move(body),
                                   asker = hub_.shard().index()](Hub& at_home) {
    kOnShard.AssertHeld();
    at_home.home().Publish(room, body);
    const ShardIndex home_index = at_home.shard().index();
    const auto done = [home_index](Hub& hub) {
      kOnShard.AssertHeld();
      hub.member().OnReplyFrom(home_index);
    };
    if (asker == home_index) return done(at_home);
    at_home.shard().PostReply(asker, done);
  });
}

void SessionHooks::AnswerSender(Session& session, const HookPayload& payload) {
  const MessageBody body = BodyOf({}, payload);
  const Publication publication{
      .kind = body.kind, .content = body.content, .unix_millis = hub_.unix_millis()};
  MessageFrames frames(session.details->protocol->EncodePublication(publication), hub_.deflater());
  hub_.Push(session, frames);
}

void SessionHooks::AskJoin(Session& session, WantedRoom room, std::string_view id) {
  const HookRule& rule = RuleFor(HookMethod::kJoin, room.name.view());
  OnJoinRequest request;
  FillSession(session, *request.mutable_session());
  request.set_room(room.name.str());
  Ask(session, rule, std::move(request),
      [this, &rule, room = std::move(room), id = std::string(id)](Session& asker,
                                                                  HookAnswer& answer) mutable {
        kOnShard.AssertHeld();
        ClientCommands& commands = hub_.commands();
        if (!answer.status.ok() && !rule.fail_open) return commands.Fail(asker, id, answer.status);
        const auto& response = std::get<OnJoinResponse>(answer.response);
        TakeState(response, asker);
        if (response.has_refuse()) {
          return commands.Fail(asker, id, RefusalOf(response.refuse()));
        }
        commands.JoinAllowed(asker, std::move(room), id);
      });
}

void SessionHooks::AskAdmissionRooms(Session& session) {
  std::vector<WantedRoom>& rooms = session.details->hooked->rooms_to_ask;
  if (rooms.empty()) return;
  WantedRoom room = std::move(rooms.back());
  rooms.pop_back();
  const HookRule& rule = RuleFor(HookMethod::kJoin, room.name.view());
  OnJoinRequest request;
  FillSession(session, *request.mutable_session());
  request.set_room(room.name.str());
  Ask(session, rule, std::move(request),
      [this, &rule, room = std::move(room)](Session& asker, HookAnswer& answer) mutable {
        kOnShard.AssertHeld();
        if (!answer.status.ok() && !rule.fail_open) {
          return hub_.RefuseAdmission(asker, answer.status);
        }
        const auto& response = std::get<OnJoinResponse>(answer.response);
        TakeState(response, asker);
        if (response.has_refuse()) {
          return hub_.RefuseAdmission(asker, RefusalOf(response.refuse()));
        }
        hub_.JoinAdmitted(asker, std::move(room));
        if (asker.state == SessionState::kAdmitting) AskAdmissionRooms(asker);
      });
}

void SessionHooks::AskRpc(Session& session, const ClientCommand& command) {
  const HookRule* const rule = hub_.context().hooks->rules().Find(HookMethod::kRpc, command.method);
  if (rule == nullptr) {
    return hub_.commands().Fail(session, command.id,
                                absl::NotFoundError("nobody answers this method"));
  }
  OnRpcRequest request;
  FillSession(session, *request.mutable_session());
  request.set_method(command.method);
  request.set_params(std::string(command.content));
  Ask(session, *rule, std::move(request),
      [this, id = std::string(command.id)](Session& asker, HookAnswer& answer) {
        kOnShard.AssertHeld();
        if (!answer.status.ok()) return hub_.commands().Fail(asker, id, answer.status);
        const auto& response = std::get<OnRpcResponse>(answer.response);
        TakeState(response, asker);
        if (response.has_refuse()) {
          return hub_.commands().Fail(asker, id, RefusalOf(response.refuse()));
        }
        hub_.Reply(asker, {.kind = ClientReply::Kind::kRpc, .id = id, .result = response.json()});
      });
}

void SessionHooks::AskRefresh(Session& session, std::optional<Identity> identity,
                              std::string_view id) {
  AskRefreshRule(session, std::move(identity), std::string(id), /*asked=*/true);
}

bool SessionHooks::WillAskRenewal(const Session& session) const {
  const HookedSession* const hooked = session.details->hooked.get();
  return hooked != nullptr && !session.asking &&
         hooked->renewal_asked_millis != session.details->identity.expires_at_millis &&
         hub_.context().hooks->rules().Find(HookMethod::kRefresh) != nullptr;
}

void SessionHooks::AskRenewal(Session& session) {
  session.details->hooked->renewal_asked_millis = session.details->identity.expires_at_millis;
  AskRefreshRule(session, std::nullopt, "", /*asked=*/false);
}

void SessionHooks::AskRefreshRule(Session& session, std::optional<Identity> identity,
                                  std::string id, bool asked) {
  const HookRule& rule = RuleFor(HookMethod::kRefresh, "");
  OnRefreshRequest request;
  FillSession(session, *request.mutable_session());
  if (identity) FillClaims(*identity, *request.mutable_claims());
  Ask(session, rule, std::move(request),
      [this, &rule, identity = std::move(identity), id = std::move(id), asked](
          Session& asker, HookAnswer& answer) mutable {
        kOnShard.AssertHeld();
        OnRefreshAnswer(asker, rule, std::move(identity), id, asked, answer);
      });
}

void SessionHooks::OnRefreshAnswer(Session& session, const HookRule& rule,
                                   std::optional<Identity> identity, const std::string& id,
                                   bool asked, HookAnswer& answer) {
  // With nobody who vouches for it, a session without a new token stays as it was.
  if (!answer.status.ok() && !(rule.fail_open && identity)) {
    if (asked) hub_.commands().Fail(session, id, answer.status);
    return;
  }
  const auto& response = std::get<OnRefreshResponse>(answer.response);
  if (response.has_refuse()) {
    return hub_.Close(session, CLOSE_CODE_INVALID_TOKEN, response.refuse().reason(),
                      LeaveReason::kKicked, Hub::CloseMode::kAfterQueued);
  }
  // Revoked while the application was asked.
  if (identity && IsRevoked(hub_.context().revocations, *identity, hub_.unix_millis())) {
    return hub_.commands().Fail(session, id, TokenRevoked());
  }
  const HookRenewal& renew = response.renew();
  if (renew.has_state()) session.details->hooked->state = renew.state();
  const bool has_token = identity.has_value();
  Identity next = has_token ? *std::move(identity) : session.details->identity;
  if (!has_token && answer.status.ok()) next.expires_at_millis = 0;
  if (!renew.info().empty()) next.info = CompactJson(renew.info());
  if (renew.has_grants()) next.grants = std::make_shared<Grants>(GrantsOf(renew.grants()));
  if (renew.expires_unix_millis() != 0) next.expires_at_millis = renew.expires_unix_millis();
  hub_.Refresh(session, std::move(next));
  if (!asked) return;
  ClientReply reply{.kind = ClientReply::Kind::kRefreshed, .id = id};
  reply.expires_unix_millis = session.details->identity.expires_at_millis;
  hub_.Reply(session, reply);
}

void SessionHooks::Tell(const Session& session, HookEvent event) {
  event.set_unix_millis(hub_.unix_millis());
  FillSession(session, *event.mutable_session());
  hub_.context().hooks->Tell(std::move(event));
}

void SessionHooks::TellConnected(const Session& session) {
  if (hub_.context().hooks->rules().Wants(HookEventKind::kConnected)) {
    HookEvent event;
    event.mutable_connected()->set_transport(std::string(session.transport->name()));
    Tell(session, std::move(event));
  }
  hub_.member().table().ForEachRoomOf(session.slot, [&](const RoomName& room) {
    kOnShard.AssertHeld();
    TellRoom(session, HookEventKind::kJoined, room.view());
  });
}

void SessionHooks::TellDisconnected(const Session& session, LeaveReason why) {
  if (!hub_.context().hooks->rules().Wants(HookEventKind::kDisconnected)) return;
  HookEvent event;
  event.mutable_disconnected()->set_code(session.details->close_code);
  event.mutable_disconnected()->set_reason(std::string(kReasons[static_cast<size_t>(why)]));
  Tell(session, std::move(event));
}

void SessionHooks::TellRoom(const Session& session, HookEventKind kind, std::string_view room) {
  if (!hub_.context().hooks->rules().Wants(kind)) return;
  HookEvent event;
  const bool joined = kind == HookEventKind::kJoined;
  (joined ? event.mutable_joined() : event.mutable_left())->set_room(std::string(room));
  Tell(session, std::move(event));
}

}  // namespace edge
