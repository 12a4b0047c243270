#include "edge/transport/http_gate.h"

#include "edge/base/log.h"
#include "edge/base/text.h"
#include "edge/hooks/trace_context.h"
#include "edge/hub/hub.h"
#include "edge/transport/answer_connection.h"
#include "edge/transport/demo_page.h"
#include "edge/transport/gate_connection.h"
#include "edge/transport/http_answer.h"
#include "edge/transport/proxy_header_connection.h"
#include "edge/transport/upgrade_rules.h"
#include "edge/transport/websocket_connection.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

constexpr TokenBucket::Rate kRefusalLogRate{.per_second = 10, .burst = 50};
constexpr size_t kMaxUserAgent = 255;
// A full node still answers, but not more sockets at a time than this: further ones are closed.
constexpr size_t kMostAnswered = 1024;
// Handshakes that one turn goes on with: one costs up to a millisecond (RSA), and sessions wait.
constexpr uint32_t kTlsStepsPerTurn = 4;

}  // namespace

std::string MakeUpgradeAnswer(std::string_view accept_key, std::string_view subprotocol,
                              std::string_view extensions) {
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer.append(accept_key).append("\r\n");
  if (!subprotocol.empty()) {
    answer.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  }
  if (!extensions.empty()) {
    answer.append("Sec-WebSocket-Extensions: ").append(extensions).append("\r\n");
  }
  return answer.append("Server: gatehouse\r\n\r\n");
}

HttpGate::HttpGate(GateContext& context, Hub& hub, int listen_fd)
    : context_(context), hub_(hub), listener_(*this, listen_fd) {
  if (context_.tls != nullptr) tls_io_ = std::make_unique<TlsIo>();
}

HttpGate::~HttpGate() = default;

void HttpGate::DropUnused() {
  absl::erase_if(parts_, [](const auto& part) { return part.second->unused(); });
}

bool HttpGate::TakeTlsStep() {
  const uint64_t turn = hub_.shard().turn();
  if (turn != tls_turn_) tls_steps_ = 0;
  tls_turn_ = turn;
  return tls_steps_++ < kTlsStepsPerTurn;
}

void HttpGate::OnAccepted(int fd, std::string remote_address) {
  hub_.metrics().connections_accepted.Add();
  ConnectionPermit permit = ConnectionPermit::Take(context_);
  const bool granted = permit.granted();
  Socket socket(fd, std::move(permit));
  if (front_ != nullptr && front_->WantsProxyHeader()) {
    // Who may not speak for others has no way to say who it is.
    if (!granted || !front_->Trusts(remote_address)) {
      return hub_.metrics().handshakes_refused.Add();
    }
    return Own(std::make_unique<ProxyHeaderConnection>(*this, std::move(socket),
                                                       std::move(remote_address)));
  }
  if (!granted) {
    hub_.metrics().handshakes_refused.Add();
    // An answer would cost the TLS handshake, which is what there is too little for.
    if (context_.tls != nullptr || parts_.size() >= kMostAnswered) return;
    return Own(std::make_unique<AnswerConnection>(
        *this, std::move(socket),
        MakeErrorAnswer(absl::UnavailableError("the node is full (client.max_connections)")),
        AnswerConnection::When::kOnceAsked));
  }
  Begin(std::move(socket), std::move(remote_address));
}

void HttpGate::Begin(Socket socket, std::string remote_address) {
  if (context_.tls != nullptr) {
    if (!hub_.TakeHandshake()) return hub_.metrics().handshakes_refused.Add();
    socket.StartTls(*tls_io_, *context_.tls->current());
  }
  auto connection =
      std::make_unique<GateConnection>(*this, std::move(socket), std::move(remote_address));
  accepted_.push_back(connection.get());
  Own(std::move(connection));
}

void HttpGate::ReadAccepted() {
  // Nothing ends one of them but its own reading.
  for (GateConnection* const connection : accepted_) connection->Begin();
  accepted_.clear();
}

void HttpGate::Answer(Socket socket, std::string bytes) {
  Own(std::make_unique<AnswerConnection>(*this, std::move(socket), std::move(bytes),
                                         AnswerConnection::When::kNow));
}

void HttpGate::Refuse(Socket socket, const absl::Status& status) {
  hub_.metrics().handshakes_refused.Add();
  Answer(std::move(socket), MakeErrorAnswer(status));
}

void HttpGate::RefuseUpgrade(Socket socket, std::string_view accept_key,
                             std::string_view subprotocol, const absl::Status& status) {
  if (!context_.refuse_after_upgrade) return Refuse(std::move(socket), status);
  hub_.metrics().handshakes_refused.Add();
  const FramePtr close =
      MakeCloseFrame(gatehouse::v1::CLOSE_CODE_POLICY_VIOLATION, ToStd(status.message()));
  Answer(std::move(socket), MakeUpgradeAnswer(accept_key, subprotocol).append(close->bytes()));
}

void HttpGate::LogRefusal(std::string_view target, const std::string& remote_address,
                          const absl::Status& status) {
  if (!refusal_logs_.TryTake(kRefusalLogRate, hub_.now_millis())) return;
  LogInfo("handshake refused", {{"remote", remote_address},
                                {"target", RedactTarget(target)},
                                {"status", HttpStatusOf(status)},
                                {"reason", ToStd(status.message())}});
}

void HttpGate::OnRequest(Socket socket, const ParsedHead& head, std::string leftover,
                         std::string remote_address) {
  const HttpRequest& request = head.request;
  if (IsWebSocketPath(context_, request.path)) {
    return OnUpgrade(std::move(socket), request, std::move(leftover), std::move(remote_address));
  }
  OnPage(std::move(socket), request);
}

void HttpGate::OnUpgrade(Socket socket, const HttpRequest& request, std::string leftover,
                         std::string remote_address) {
  if (socket.tls() == nullptr && !hub_.TakeHandshake()) {
    return Refuse(std::move(socket),
                  absl::UnavailableError("too many handshakes (client.handshakes_per_second)"));
  }
  const absl::StatusOr<std::string> accept_key = CheckHandshake(request);
  if (!accept_key.ok()) {
    LogRefusal(request.target, remote_address, accept_key.status());
    return Refuse(std::move(socket), accept_key.status());
  }
  UpgradePlan plan;
  const absl::Status planned =
      PlanUpgrade(context_, request, remote_address, hub_.unix_millis(), plan);
  if (!planned.ok()) {
    LogRefusal(request.target, remote_address, planned);
    return RefuseUpgrade(std::move(socket), *accept_key, plan.subprotocol, planned);
  }
  PendingUpgrade upgrade{.socket = std::move(socket),
                         .accept_key = *accept_key,
                         .plan = std::move(plan),
                         .target = request.target,
                         .user_agent = request.user_agent.substr(0, kMaxUserAgent),
                         .remote_address = std::move(remote_address),
                         .leftover = std::move(leftover)};
  if (context_.hooks != nullptr) {
    upgrade.hooked = std::make_unique<HookedSession>();
    upgrade.hooked->traceparent = AdoptTraceparent(request.traceparent);
  }
  if (!AsksOnConnect(context_)) return AdmitUpgrade(std::move(upgrade));
  const uint64_t number = next_question_++;
  auto part = std::make_unique<ConnectQuestion>(*this, number, std::move(upgrade));
  ConnectQuestion& question = *part;
  questions_.emplace(number, &question);
  Own(std::move(part));
  question.Ask(request);
}

void HttpGate::AdmitUpgrade(PendingUpgrade upgrade) {
  UpgradePlan& plan = upgrade.plan;
  Admission admission;
  admission.transport = std::make_unique<WebSocketConnection>(
      *this, std::move(upgrade.socket), std::move(upgrade.accept_key), std::move(plan.subprotocol),
      std::move(plan.deflate.answer), std::move(upgrade.leftover));
  admission.identity = std::move(plan.identity);
  admission.rooms = std::move(plan.rooms);
  admission.remote_address = std::move(upgrade.remote_address);
  admission.user_agent = std::move(upgrade.user_agent);
  admission.protocol = context_.protocol;
  admission.welcome = plan.welcome;
  admission.deflate_bits = plan.deflate.window_bits;
  admission.hooked = std::move(upgrade.hooked);
  admission.granted_rooms = std::move(upgrade.granted_rooms);
  admission.kicks_since = upgrade.kicks_since;
  hub_.Admit(std::move(admission));
}

void HttpGate::OnPage(Socket socket, const HttpRequest& request) {
  const bool dev = context_.mint_dev_token != nullptr;
  if (!dev || (request.path != "/" && request.path != "/dev/token")) {
    return Refuse(std::move(socket),
                  absl::NotFoundError("nothing here; clients connect to /ws/ROOM"));
  }
  if (request.method != "GET") {
    return Refuse(std::move(socket), absl::UnimplementedError("only GET is served here"));
  }
  if (request.path == "/") {
    return Answer(std::move(socket),
                  MakeHttpAnswer(200, "text/html; charset=utf-8", DemoPage(),
                                 "Content-Security-Policy: default-src 'self' 'unsafe-inline'; "
                                 "connect-src 'self' ws: wss:\r\n"));
  }
  const auto token = context_.mint_dev_token(std::string(request.Parameter("user").value_or("")));
  if (!token.ok()) return Refuse(std::move(socket), token.status());
  Answer(std::move(socket),
         MakeHttpAnswer(200, "application/json", fmt::format("{{\"token\":\"{}\"}}\n", *token)));
}

}  // namespace edge
