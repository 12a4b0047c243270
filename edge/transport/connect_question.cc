#include "edge/transport/connect_question.h"

#include <algorithm>
#include <utility>

#include "edge/auth/presence_info.h"
#include "edge/base/ip_address.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"
#include "edge/transport/http_gate.h"
#include "edge/wire/utf8.h"

namespace edge {
namespace {

using namespace gatehouse::v1;

// What is not UTF-8 cannot stand in a message.
void AddPair(std::string_view name, std::string_view value,
             google::protobuf::RepeatedPtrField<HookPair>& pairs) {
  Utf8Checker checker;
  if (!checker.Feed(name) || !checker.complete() || !checker.Feed(value) || !checker.complete()) {
    return;
  }
  HookPair& pair = *pairs.Add();
  pair.set_name(std::string(name));
  pair.set_value(std::string(value));
}

void FillRequest(const HttpRequest& request, const std::string& token_cookie,
                 OnConnectRequest& out) {
  for (const auto& [name, value] : request.wanted) AddPair(name, value, *out.mutable_headers());
  for (const auto& [name, value] : request.Cookies()) {
    if (name != token_cookie) AddPair(name, value, *out.mutable_cookies());
  }
  for (const auto& [name, value] : request.query) {
    if (!IsOwnParameter(name)) AddPair(name, value, *out.mutable_query());
  }
}

}  // namespace

ConnectQuestion::ConnectQuestion(HttpGate& gate, uint64_t number, PendingUpgrade upgrade)
    : gate_(gate),
      number_(number),
      rule_(*gate.context().hooks->rules().Find(HookMethod::kConnect)),
      upgrade_(std::move(upgrade)) {
  kOnShard.AssertHeld();
  Shard& shard = gate_.hub().shard();
  // What the client sends meanwhile waits in the kernel.
  shard.poller().Add(upgrade_.socket.fd(), *this, EPOLLRDHUP);
  shard.wheel().Schedule(*this, shard.now_millis() + gate_.context().handshake_timeout_millis);
  upgrade_.kicks_since = gate_.hub().kicks().Begin();
  asked_unix_millis_ = gate_.hub().unix_millis();
}

ConnectQuestion::~ConnectQuestion() {
  kOnShard.AssertHeld();
  StopWatching();
  gate_.hub().kicks().End();
  gate_.ForgetQuestion(number_);
}

void ConnectQuestion::StopWatching() {
  Shard& shard = gate_.hub().shard();
  if (upgrade_.socket.fd() >= 0) shard.poller().Remove(upgrade_.socket.fd(), *this);
  shard.wheel().Cancel(*this);
}

void ConnectQuestion::Ask(const HttpRequest& request) {
  const UpgradePlan& plan = upgrade_.plan;
  OnConnectRequest question;
  HookSession& session = *question.mutable_session();
  session.set_address(std::string(WithoutPort(upgrade_.remote_address)));
  if (plan.has_token) {
    session.set_user(plan.identity.user.str());
    session.set_info(plan.identity.info);
    FillClaims(plan.identity, *question.mutable_claims());
  }
  FillRequest(request, gate_.context().token_cookie, question);
  for (const WantedRoom& room : plan.rooms) question.add_rooms(room.name.str());
  // The gate outlives its shard's tasks; the question may not.
  Hooks::Then then = [gate = &gate_, number = number_](Hub&, const HookAnswer& answer) {
    kOnShard.AssertHeld();
    if (ConnectQuestion* found = gate->FindQuestion(number)) found->OnAnswer(answer);
  };
  const bool asked =
      gate_.context().hooks->Ask(rule_, {std::move(question), upgrade_.hooked->traceparent},
                                 gate_.hub().shard(), std::move(then));
  if (asked) return;
  OnAnswer({absl::UnavailableError("too many questions wait for the application"),
            EmptyResponse(HookMethod::kConnect)});
}

absl::Status ConnectQuestion::Apply(const HookAnswer& answer) {
  if (!answer.status.ok()) {
    // Somebody must have said who it is.
    if (!rule_.fail_open || !upgrade_.plan.has_token) return answer.status;
    return CheckRights(gate_.context(), upgrade_.plan, gate_.hub().unix_millis());
  }
  const auto& response = std::get<OnConnectResponse>(answer.response);
  if (response.has_refuse()) return RefusalOf(response.refuse());
  return ApplyAdmission(response.allow());
}

absl::Status ConnectQuestion::ApplyAdmission(const HookAdmission& allow) {
  UpgradePlan& plan = upgrade_.plan;
  Identity& identity = plan.identity;
  // Without a token it is the application that vouches, and what it knew is as old as the question.
  if (!plan.has_token) identity.issued_at_millis = asked_unix_millis_;
  if (!allow.user().empty()) identity.user = UserId(allow.user());
  if (identity.user.empty()) {
    return absl::InternalError("the application names no user, and there is no token");
  }
  if (!allow.info().empty()) identity.info = CompactJson(allow.info());
  if (allow.has_grants()) identity.grants = std::make_shared<Grants>(GrantsOf(allow.grants()));
  if (identity.grants == nullptr) identity.grants = std::make_shared<Grants>();
  if (allow.expires_unix_millis() != 0) identity.expires_at_millis = allow.expires_unix_millis();
  for (const std::string& name : allow.rooms()) {
    const RoomName room(name);
    if (std::ranges::find(upgrade_.granted_rooms, room, &WantedRoom::name) !=
        upgrade_.granted_rooms.end()) {
      continue;
    }
    // One that the URL names too keeps its position.
    const auto wanted = std::ranges::find(plan.rooms, room, &WantedRoom::name);
    if (wanted == plan.rooms.end()) {
      upgrade_.granted_rooms.push_back({.name = room});
    } else {
      upgrade_.granted_rooms.push_back(std::move(*wanted));
      plan.rooms.erase(wanted);
    }
  }
  const size_t rooms = plan.rooms.size() + upgrade_.granted_rooms.size();
  if (rooms > gate_.context().max_rooms) {
    return Error(absl::StatusCode::kInternal, "{} rooms, limit {} (client.max_rooms)", rooms,
                 gate_.context().max_rooms);
  }
  upgrade_.hooked->state = allow.state();
  return CheckRights(gate_.context(), plan, gate_.hub().unix_millis());
}

void ConnectQuestion::OnAnswer(const HookAnswer& answer) {
  StopWatching();
  if (const absl::Status status = Apply(answer); status.ok()) {
    gate_.AdmitUpgrade(std::move(upgrade_));
  } else {
    Refuse(status);
  }
  gate_.Drop(*this);
}

void ConnectQuestion::Refuse(const absl::Status& status) {
  gate_.LogRefusal(upgrade_.target, upgrade_.remote_address, status);
  gate_.RefuseUpgrade(std::move(upgrade_.socket), upgrade_.accept_key, upgrade_.plan.subprotocol,
                      status);
}

void ConnectQuestion::OnReady(uint32_t) {
  gate_.Drop(*this);
}

void ConnectQuestion::OnDeadline() {
  StopWatching();
  Refuse(absl::UnavailableError("the application did not answer in client.handshake_timeout"));
  gate_.Drop(*this);
}

}  // namespace edge
