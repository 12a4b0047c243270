// How sessions end, and their deadlines.
#include <algorithm>

#include "edge/base/log.h"
#include "edge/base/text.h"
#include "edge/hub/hub.h"

namespace edge {

using gatehouse::v1::CLOSE_CODE_BAD_REQUEST;
using gatehouse::v1::CLOSE_CODE_EXPIRED;
using gatehouse::v1::CLOSE_CODE_NO_PONG;

void Hub::Detach(Session& session, LeaveReason why) {
  const bool was_open = session.state == SessionState::kOpen;
  // First of all: what is told that its join is cancelled must not find the session any more.
  session.state = SessionState::kClosing;
  if (was_open) events_.Disconnected(session, why);
  if (session.details->hooked != nullptr) {
    if (was_open) hooks_.TellDisconnected(session, why);
    hooks_.Forget(session);
  }
  member_.CancelJoins(session, why);
  member_.LeaveAll(session, why);
  UnlinkUser(session);
  metrics_.sessions.Add(-1);
  metrics_.sessions_closed.Add();
}

void Hub::QueueClose(Session& session, uint16_t code, std::string_view reason) {
  const LocalFramePtr frame = session.transport->CloseFrame(code, reason);
  session.outbound.PushLast(*frame);
  session.close_queued = true;
  session.state = SessionState::kClosing;
  session.deadline_millis = now_millis() + context_.settings.close_timeout_millis;
  ArmTimer(session);
  MarkDirty(session, few_);
}

void Hub::Close(Session& session, uint16_t code, std::string_view reason, LeaveReason why,
                CloseMode mode) {
  if (reason.empty()) reason = DefaultReason(static_cast<CloseCode>(code));
  if (session.state == SessionState::kAdmitting) {
    // The answer has no close code: 503 says come back, 403 stay away.
    const auto status = ShouldReconnect(code) ? absl::StatusCode::kUnavailable
                                              : absl::StatusCode::kPermissionDenied;
    return RefuseAdmission(session, absl::Status(status, ToAbsl(reason)), why);
  }
  if (session.state != SessionState::kOpen) return;
  if (WouldLog(LogLevel::kDebug)) {
    LogDebug("session closed", {{"connection", IdOf(session).ToString()}, {"code", int{code}}});
  }
  session.details->close_code = code;
  if (why == LeaveReason::kKicked) {
    events_.Closing(session, EdgeEvent::Kind::kKicked, code, reason);
  }
  Detach(session, why);
  if (mode == CloseMode::kNow) session.outbound.DropUnsent();
  QueueClose(session, code, reason);
}

void Hub::OnPeerClose(Session& session, uint16_t code) {
  session.peer_closed = true;
  if (session.state == SessionState::kOpen) {
    session.details->close_code = code;
    Detach(session, LeaveReason::kDisconnected);
    QueueClose(session, code, "");
  } else if (session.state == SessionState::kClosing && session.outbound.empty()) {
    End(session);
  }
}

void Hub::OnDisconnected(Session& session) {
  if (session.state == SessionState::kEnded) return;
  if (session.live()) Detach(session, LeaveReason::kDisconnected);
  End(session);
}

void Hub::End(Session& session) {
  session.state = SessionState::kEnded;
  ended_.push_back(&session);
}

void Hub::OnHeard(Session& session, size_t bytes) {
  session.heard_millis = now_millis();
  session.ping_open = false;
  metrics_.bytes_received.Add(static_cast<int64_t>(bytes));
  // A message that has begun and not ended brings its own deadline; the timer moves only if that is
  // the earliest.
  if (session.state == SessionState::kOpen && session.transport->message_began_millis() != 0 &&
      NextDeadline(session) < session.timer_due_millis) {
    ArmTimer(session);
  }
}

int64_t Hub::NextDeadline(const Session& session) const {
  if (session.state != SessionState::kOpen) return session.deadline_millis;
  const HubSettings& settings = context_.settings;
  int64_t due = session.ping_millis +
                (session.ping_open ? settings.pong_timeout_millis : settings.ping_interval_millis);
  if (const int64_t began = session.transport->message_began_millis(); began != 0) {
    due = std::min(due, began + settings.message_timeout_millis);
  }
  if (const int64_t expires = session.details->identity.expires_at_millis; expires != 0) {
    // The token's time is the wall clock's, the wheel's is monotonic.
    const int64_t grace = hooks_.WillAskRenewal(session) ? 0 : settings.expiry_grace_millis;
    due = std::min(due, now_millis() + (expires - unix_millis()) + grace);
  }
  return due;
}

void Hub::ArmTimer(Session& session) {
  session.timer_due_millis = NextDeadline(session);
  shard_.wheel().Schedule(session.timer, session.timer_due_millis);
}

void Hub::OnWheelNode(WheelNode& node) {
  kOnShard.AssertHeld();
  auto& timer = static_cast<ShardTimer&>(node);
  if (timer.slot == ShardTimer::kNoSlot) return static_cast<DeadlineTimer&>(timer).OnDeadline();
  OnSessionTimer(sessions_.At(timer.slot));
}

void Hub::OnSessionTimer(Session& session) {
  switch (session.state) {
    case SessionState::kFree:
    case SessionState::kEnded:
      return;
    case SessionState::kAdmitting:
      return RefuseAdmission(session,
                             absl::UnavailableError("the rooms could not be joined in time"));
    case SessionState::kClosing:
      return End(session);
    case SessionState::kOpen:
      return CheckOpenSession(session);
  }
}

void Hub::CheckOpenSession(Session& session) {
  const HubSettings& settings = context_.settings;
  const int64_t now = now_millis();
  const int64_t expires = session.details->identity.expires_at_millis;
  if (expires != 0 && unix_millis() >= expires + settings.expiry_grace_millis) {
    return Close(session, CLOSE_CODE_EXPIRED, "", LeaveReason::kExpired, CloseMode::kAfterQueued);
  }
  if (expires != 0 && unix_millis() >= expires && hooks_.WillAskRenewal(session)) {
    hooks_.AskRenewal(session);
  }
  // Nothing is read of it meanwhile, not even a pong.
  if (session.asking) {
    session.ping_millis = now;
    session.ping_open = false;
  }
  const int64_t began = session.transport->message_began_millis();
  if (began != 0 && now >= began + settings.message_timeout_millis) {
    return Close(session, CLOSE_CODE_BAD_REQUEST, "message not finished in time",
                 LeaveReason::kTimedOut, CloseMode::kNow);
  }
  if (session.ping_open && now >= session.ping_millis + settings.pong_timeout_millis) {
    metrics_.sessions_timed_out.Add();
    return Close(session, CLOSE_CODE_NO_PONG, "", LeaveReason::kTimedOut, CloseMode::kNow);
  }
  if (!session.ping_open && now >= session.ping_millis + settings.ping_interval_millis) {
    session.ping_millis = now;
    session.ping_open = true;
    session.outbound.Release();
    const LocalFramePtr ping = session.transport->PingFrame();
    PushControl(session, *ping);
  }
  ArmTimer(session);
}

}  // namespace edge
