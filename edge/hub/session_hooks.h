#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "edge/auth/identity.h"
#include "edge/base/shard_thread.h"
#include "edge/hooks/hook_call.h"
#include "edge/hooks/hook_rules.h"
#include "edge/hub/home_request.h"
#include "edge/presence/presence_table.h"
#include "edge/protocol/client_command.h"
#include "edge/protocol/publication.h"
#include "edge/session/session.h"

namespace edge {

class Hub;

// What the sessions of a shard ask the application, and what it is told about them.
//
// A session has one question open at a time (Session::asking): its transport reads no further, so
// that its messages keep their order. The answer comes as a task with the session's handle; when
// the session has ended meanwhile (a kick, a drain) it finds nothing. Everything here is for a node
// with hooks; where there are none, nothing of it is called.
class SessionHooks {
 public:
  explicit SessionHooks(Hub& hub) : hub_(hub) {}

  // A message that the session may publish; by the answer it is, or another, or none.
  void AskMessage(Session& session, std::string room, ContentKind kind, std::string_view content,
                  std::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // A join that the session has the right to.
  void AskJoin(Session& session, WantedRoom room, std::string_view id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void AskRpc(Session& session, const ClientCommand& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // `identity`: of the new token; nothing: the client sent none.
  void AskRefresh(Session& session, std::optional<Identity> identity, std::string_view id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // What the session was granted has expired: asks whether it goes on, once for each expiry.
  void AskRenewal(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  bool WillAskRenewal(const Session& session) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The rooms of HookedSession::rooms_to_ask, one after the other; each is joined or the admission
  // refused.
  void AskAdmissionRooms(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // The session ends: its question, if one is open, is nobody's any more.
  void Forget(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Events, where a rule wants them.
  void TellConnected(const Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void TellDisconnected(const Session& session, LeaveReason why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void TellRoom(const Session& session, HookEventKind kind, std::string_view room)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

 private:
  using Then = absl::AnyInvocable<void(Session&, HookAnswer&) &&>;

  void Ask(Session& session, const HookRule& rule, HookRequest request, Then then)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnAnswer(SessionHandle handle, Then then, HookAnswer answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnMessageAnswer(Session& session, const HookRule& rule, const std::string& room,
                       MessageBody body, const std::string& id, HookAnswer& answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void PublishElsewhere(const gatehouse::v1::HookPublication& publication)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void AnswerSender(Session& session, const gatehouse::v1::HookPayload& payload)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnRefreshAnswer(Session& session, const HookRule& rule, std::optional<Identity> identity,
                       const std::string& id, bool asked, HookAnswer& answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void AskRefreshRule(Session& session, std::optional<Identity> identity, std::string id,
                      bool asked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The one of `rules` that must be there, since the caller was sent here by it.
  const HookRule& RuleFor(HookMethod method, std::string_view name) const;
  void FillSession(const Session& session, gatehouse::v1::HookSession& out) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Tell(const Session& session, gatehouse::v1::HookEvent event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Hub& hub_;
};

// The application's no, as a client is told.
absl::Status RefusalOf(const gatehouse::v1::HookRefusal& refusal);
// Rights as the application gives them; its patterns have been checked.
Grants GrantsOf(const gatehouse::v1::HookGrants& grants);
// What a token says, as the application is told.
void FillClaims(const Identity& identity, gatehouse::v1::HookClaims& claims);

}  // namespace edge
