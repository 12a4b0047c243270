#include "edge/hub/client_commands.h"

#include <utility>
#include <vector>

#include "edge/base/log.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"
#include "edge/hub/hub.h"
#include "edge/hub/room_rights.h"
#include "edge/protocol/error_code.h"

namespace edge {
namespace {

// A page of presence as one client gets it: bounded by entries and by bytes, so that the answer is
// within 64 KiB. A user whose info is larger than that is a page of its own.
constexpr size_t kPresencePageEntries = 500;
constexpr size_t kPresencePageBytes = size_t{60} * 1024;  // the rest is for room, id and next
constexpr int64_t kErrorWindowSeconds = 60;

using PresentUsers = std::vector<ClientReply::PresentUser>;

struct PresenceAnswer {
  std::string room;
  std::string id;
  PresentUsers users;
  uint32_t user_count = 0;
  uint32_t connection_count = 0;
  std::string next;
};

// What a user is in an answer, at most: names are escaped there, infos are JSON already.
size_t EncodedSize(const PresenceTable::User& user) {
  constexpr size_t kAround = 48;  // names of members, punctuation, ten digits of connections
  std::string name;
  AppendJsonEscaped(user.user, name);
  return name.size() + user.info.size() + kAround;
}

void FillPresence(const PresenceTable& table, std::string_view after, PresenceAnswer& answer) {
  answer.user_count = static_cast<uint32_t>(table.users());
  answer.connection_count = static_cast<uint32_t>(table.connections());
  size_t bytes = 0;
  table.PageUsers(after, [&](const PresenceTable::User& user) {
    bytes += EncodedSize(user);
    if (answer.users.size() == kPresencePageEntries ||
        (bytes > kPresencePageBytes && !answer.users.empty())) {
      answer.next = answer.users.back().user;
      return false;
    }
    answer.users.push_back({std::string(user.user), user.connections, std::string(user.info)});
    return true;
  });
}

absl::Status Overloaded() {
  return absl::UnavailableError("the room's shard is overloaded");
}

// What a client does wrong counts against it, what we cannot do at the moment does not.
// Nor does what the application refuses.
bool IsClientsFault(const absl::Status& status) {
  return !HasClientCode(status) && !absl::IsUnavailable(status) && !absl::IsCancelled(status) &&
         !absl::IsInternal(status) && !absl::IsOutOfRange(status);
}

ClientReply ReplyOf(const PresenceAnswer& answer) {
  ClientReply reply{.kind = ClientReply::Kind::kPresence, .id = answer.id, .room = answer.room};
  reply.present = &answer.users;
  reply.user_count = answer.user_count;
  reply.connection_count = answer.connection_count;
  reply.next = answer.next;
  return reply;
}

}  // namespace

bool ClientCommands::TakeMessage(Session& session) {
  hub_.metrics().messages_received.Add();
  const uint32_t rate = hub_.context().settings.messages_per_second;
  if (session.details->messages.TryTake({.per_second = rate, .burst = 2 * rate},
                                        hub_.now_millis())) {
    return true;
  }
  Fail(session, "",
       Error(absl::StatusCode::kResourceExhausted,
             "more than {} messages a second (client.messages_per_second)", rate));
  return false;
}

void ClientCommands::Charge(Session& session, size_t bytes) {
  constexpr size_t kBytesOfMessage = 4096;
  const uint32_t rate = hub_.context().settings.messages_per_second;
  session.details->messages.TakeUpTo(bytes / kBytesOfMessage,
                                     {.per_second = rate, .burst = 2 * rate}, hub_.now_millis());
}

void ClientCommands::Fail(Session& session, std::string_view id, absl::Status status) {
  hub_.metrics().messages_rejected.Add();
  ClientReply reply{.kind = ClientReply::Kind::kError, .id = id};
  reply.status = std::move(status);
  hub_.Reply(session, reply);
  const uint32_t max_errors = hub_.context().settings.max_errors;
  if (max_errors == 0 || !IsClientsFault(reply.status)) return;
  // A bucket that fills once a minute: it is asked with time in minutes' thousandths.
  const int64_t scaled_now = hub_.now_millis() / kErrorWindowSeconds;
  if (session.details->errors.TryTake({.per_second = max_errors, .burst = max_errors},
                                      scaled_now)) {
    return;
  }
  hub_.Close(session, gatehouse::v1::CLOSE_CODE_TOO_MANY_ERRORS, "", LeaveReason::kKicked,
             Hub::CloseMode::kAfterQueued);
}

void ClientCommands::OnText(Session& session, std::string_view message) {
  if (!TakeMessage(session)) return;
  ClientCommand command;
  if (absl::Status status = session.details->protocol->Decode(message, command); !status.ok()) {
    return Fail(session, command.id, std::move(status));
  }
  Run(session, command);
}

void ClientCommands::OnBinary(Session& session, std::string_view message) {
  if (!TakeMessage(session)) return;
  ClientCommand command;
  if (absl::Status status = ResolveRoom(session, command); !status.ok()) {
    return Fail(session, "", std::move(status));
  }
  Publish(session, std::move(command.room), ContentKind::kBinary, message, "");
}

void ClientCommands::Run(Session& session, ClientCommand& command) {
  using Kind = ClientCommand::Kind;
  const bool names_room = command.kind == Kind::kPublish || command.kind == Kind::kPresence ||
                          command.kind == Kind::kJoin || command.kind == Kind::kLeave ||
                          command.kind == Kind::kHistory;
  if (names_room) {
    if (absl::Status status = ResolveRoom(session, command); !status.ok()) {
      return Fail(session, command.id, std::move(status));
    }
  }
  switch (command.kind) {
    case Kind::kPublish:
      return Publish(session, std::move(command.room), ContentKind::kJson, command.content,
                     command.id);
    case Kind::kPresence:
      return Presence(session, command);
    case Kind::kHistory:
      return History(session, command);
    case Kind::kJoin:
      return Join(session, command);
    case Kind::kLeave:
      return Leave(session, command);
    case Kind::kRefresh:
      return Refresh(session, command);
    case Kind::kRpc:
      if (session.details->hooked != nullptr) return hub_.hooks().AskRpc(session, command);
      return Fail(session, command.id, absl::NotFoundError("nobody answers this method"));
    case Kind::kPing:
      return hub_.Reply(session, {.kind = ClientReply::Kind::kPong, .id = command.id});
  }
}

absl::Status ClientCommands::ResolveRoom(const Session& session, ClientCommand& command) const {
  if (!command.room.empty()) return CheckRoomName(command.room);
  const RoomTable& table = hub_.member().table();
  if (table.RoomCountOf(session.slot) != 1) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "\"room\" is missing, and the session is in {} rooms",
                 table.RoomCountOf(session.slot));
  }
  table.ForEachRoomOf(session.slot, [&](const RoomName& room) { command.room = room.str(); });
  return absl::OkStatus();
}

void ClientCommands::Publish(Session& session, std::string room, ContentKind kind,
                             std::string_view content, std::string_view id) {
  const RoomPolicy& policy = hub_.context().policies->For(room);
  if (!hub_.member().table().Contains(room, session.slot)) {
    return Fail(session, id, absl::FailedPreconditionError("not in the room"));
  }
  if (!MayPublish(policy, room, session.details->identity)) {
    return Fail(session, id, absl::PermissionDeniedError("may not publish in the room"));
  }
  if (kind == ContentKind::kBinary && !policy.binary) {
    return Fail(session, id,
                absl::InvalidArgumentError("binary messages are not allowed in the room"));
  }
  if (policy.ask_message && session.details->hooked != nullptr) {
    return hub_.hooks().AskMessage(session, std::move(room), kind, content, id);
  }
  Send(session, std::move(room),
       {.user = session.user().str(), .kind = kind, .content = std::string(content)}, id);
}

void ClientCommands::Send(Session& session, std::string room, MessageBody body,
                          std::string_view id) {
  const ShardIndex home = hub_.shard().HomeOf(room);
  const SessionHandle handle = session.handle();
  std::string ack_id(id);
  std::shared_ptr<PublishRules> rules;
  if (!hub_.context().policies->For(room).echo) {
    rules = std::make_shared<PublishRules>();
    rules->exclusions.connections.push_back(hub_.IdOf(session));
  }
  const bool sent =
      hub_.member().SendRequest(home, [name = RoomName(std::move(room)), body = std::move(body),
                                       rules = std::move(rules), handle, ack_id](Hub& at_home) {
        kOnShard.AssertHeld();
        const PublishOutcome outcome = at_home.home().Publish(name, body, rules);
        const ShardIndex home_index = at_home.shard().index();
        auto answer = [handle, ack_id, outcome, home_index, name](Hub& hub) {
          kOnShard.AssertHeld();
          hub.member().OnReplyFrom(home_index);
          Session* const sender = hub.Find(handle);
          if (sender == nullptr) return;
          if (!outcome.status.ok()) return hub.commands().Fail(*sender, ack_id, Overloaded());
          if (ack_id.empty()) return;
          hub.Reply(*sender, {.kind = ClientReply::Kind::kAck,
                              .id = ack_id,
                              .room = name.view(),
                              .position = outcome.position});
        };
        if (handle.shard == home_index) return answer(at_home);
        at_home.shard().PostReply(handle.shard, std::move(answer));
      });
  if (!sent) {
    Fail(session, id, Overloaded());
  }
}

void ClientCommands::Presence(Session& session, const ClientCommand& command) {
  const RoomPolicy& policy = hub_.context().policies->For(command.room);
  if (!MayReadRoom(session, command.room, policy.presence_by)) {
    return Fail(session, command.id, absl::FailedPreconditionError("not in the room"));
  }
  if (!policy.presence) {
    return Fail(session, command.id, absl::PermissionDeniedError("presence is off in the room"));
  }
  const SessionHandle handle = session.handle();
  const bool sent = hub_.member().SendRequest(
      hub_.shard().HomeOf(command.room), [handle, after = command.after, room = command.room,
                                          id = std::string(command.id)](Hub& at_home) {
        kOnShard.AssertHeld();
        PresenceAnswer answer{.room = room, .id = id};
        if (const HomeSide::Room* found = at_home.home().Find(room)) {
          FillPresence(found->presence, after, answer);
        }
        const ShardIndex home_index = at_home.shard().index();
        auto tell = [handle, home_index, answer = std::move(answer)](Hub& hub) {
          kOnShard.AssertHeld();
          hub.member().OnReplyFrom(home_index);
          if (Session* asker = hub.Find(handle)) hub.Reply(*asker, ReplyOf(answer));
        };
        if (handle.shard == home_index) return tell(at_home);
        at_home.shard().PostReply(handle.shard, std::move(tell));
      });
  if (!sent) {
    Fail(session, command.id, Overloaded());
  }
}

bool ClientCommands::MayReadRoom(const Session& session, const std::string& room,
                                 RoomPolicy::By by) const {
  const RoomPolicy& policy = hub_.context().policies->For(room);
  const bool is_member = hub_.member().table().Contains(room, session.slot);
  // Who is kept from joining, or would have to be asked about first, does not read from outside.
  if (!is_member &&
      ((policy.ask_join && session.details->hooked != nullptr) ||
       hub_.context().bans->FindInRoom(session.user(), RoomName(room), hub_.unix_millis()))) {
    return false;
  }
  return MayRead(policy, by, room, is_member, session.details->identity);
}

void ClientCommands::Join(Session& session, const ClientCommand& command) {
  const RoomPolicy& policy = hub_.context().policies->For(command.room);
  if (!MayJoin(policy, command.room, session.details->identity)) {
    return Fail(session, command.id, absl::PermissionDeniedError("may not join the room"));
  }
  WantedRoom room{RoomName(command.room), command.since};
  if (session.details->hooked != nullptr && policy.ask_join) {
    return hub_.hooks().AskJoin(session, std::move(room), command.id);
  }
  JoinAllowed(session, std::move(room), command.id);
}

void ClientCommands::JoinAllowed(Session& session, WantedRoom wanted, std::string_view join_id) {
  const SessionHandle handle = session.handle();
  auto joined = [this, handle, id = std::string(join_id), room = wanted.name.str()](
                    const absl::Status& status, const JoinedRoom& place) {
    kOnShard.AssertHeld();
    Session* const asker = hub_.Find(handle);
    if (asker == nullptr) return;
    if (!status.ok()) return Fail(*asker, id, status);
    // A refreshed token may have taken the right away while the home was asked.
    if (!MayJoin(hub_.context().policies->For(room), room, asker->details->identity)) {
      hub_.member().Leave(*asker, RoomName(room), LeaveReason::kRemoved);
      return Fail(*asker, id, absl::PermissionDeniedError("may not join the room any more"));
    }
    hub_.Reply(*asker, {.kind = ClientReply::Kind::kJoined,
                        .id = id,
                        .room = room,
                        .position = place.position,
                        .recovered = place.recovered});
  };
  hub_.member().RequestJoin(session, std::move(wanted.name), wanted.since, std::move(joined));
}

void ClientCommands::Leave(Session& session, const ClientCommand& command) {
  if (!hub_.member().Leave(session, RoomName(command.room), LeaveReason::kLeft)) {
    return Fail(session, command.id, absl::FailedPreconditionError("not in the room"));
  }
  hub_.Reply(session, {.kind = ClientReply::Kind::kLeft, .id = command.id, .room = command.room});
}

void ClientCommands::Refresh(Session& session, const ClientCommand& command) {
  const bool asks = session.details->hooked != nullptr &&
                    hub_.context().hooks->rules().Find(HookMethod::kRefresh) != nullptr;
  if (command.token.empty()) {
    if (asks) return hub_.hooks().AskRefresh(session, std::nullopt, command.id);
    return Fail(session, command.id, absl::InvalidArgumentError("\"token\" is missing"));
  }
  absl::StatusOr<Identity> identity =
      hub_.context().verifier->Verify(command.token, hub_.unix_millis());
  if (!identity.ok()) return Fail(session, command.id, identity.status());
  if (identity->user != session.user()) {
    return Fail(session, command.id, absl::PermissionDeniedError("the token is another user's"));
  }
  if (IsRevoked(hub_.context().revocations, *identity, hub_.unix_millis())) {
    return Fail(session, command.id, TokenRevoked());
  }
  if (asks) return hub_.hooks().AskRefresh(session, *std::move(identity), command.id);
  hub_.Refresh(session, *std::move(identity));
  ClientReply reply{.kind = ClientReply::Kind::kRefreshed, .id = command.id};
  reply.expires_unix_millis = session.details->identity.expires_at_millis;
  hub_.Reply(session, reply);
}

}  // namespace edge
