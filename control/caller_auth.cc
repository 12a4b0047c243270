#include "control/caller_auth.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <optional>

#include "control/status_details.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace control {
namespace {

constexpr absl::StatusCode kUnauthenticated = absl::StatusCode::kUnauthenticated;

const edge::CallerScopes& AllScopes() {
  static const edge::CallerScopes scopes;
  return scopes;
}

std::string_view ToStd(grpc::string_ref text) {
  return {text.data(), text.size()};
}

// What stands behind "Bearer "; nothing when it is another scheme.
std::optional<std::string_view> BearerOf(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  if (value.size() < kScheme.size()) return std::nullopt;
  const bool bearer = std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
  });
  if (!bearer) return std::nullopt;
  value.remove_prefix(kScheme.size());
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

// gRPC's names of peers: "ipv4:127.0.0.1:53232", "ipv6:%5B::1%5D:53232", "unix:".
bool IsThisMachine(std::string_view peer) {
  constexpr std::string_view kLocal[] = {
      "unix:",       "unix-abstract:",      "ipv4:127.",        "ipv6:%5B::1%5D:",
      "ipv6:[::1]:", "ipv6:%5B::ffff:127.", "ipv6:[::ffff:127."};
  return std::ranges::any_of(kLocal, [peer](std::string_view p) { return peer.starts_with(p); });
}

// The common name and the DNS names of the caller's verified certificate.
std::vector<std::string_view> CertificateNames(const grpc::AuthContext& context) {
  std::vector<std::string_view> names;
  for (const char* const property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME}) {
    for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
      names.push_back(ToStd(value));
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<CallerAuth> CallerAuth::Load(const gatehouse::v1::ControlSettings& settings) {
  CallerAuth auth;
  ASSIGN_OR_RETURN(auth.keys_, edge::ApiKeys::Load(settings));
  for (const auto& each : settings.tls().clients()) {
    if (each.name().empty() ||
        std::ranges::find(auth.clients_, each.name(), &Client::name) != auth.clients_.end()) {
      return edge::Error(absl::StatusCode::kInvalidArgument,
                         "control.tls.clients: the name '{}' is empty or given twice", each.name());
    }
    auth.clients_.push_back(
        {each.name(),
         {{each.rpcs().begin(), each.rpcs().end()}, {each.rooms().begin(), each.rooms().end()}}});
  }
  auth.allow_unauthenticated_ = settings.allow_unauthenticated();
  auth.reached_locally_ = settings.listen().empty() || settings.listen().starts_with("127.") ||
                          settings.listen().starts_with("[::1]:");
  return auth;
}

const CallerAuth::Client* CallerAuth::FindClient(const grpc::ServerContextBase& context) const {
  if (clients_.empty()) return nullptr;  // the names would be copied for nobody
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return nullptr;
  for (const std::string_view name : CertificateNames(*peer)) {
    const auto client = std::ranges::find(clients_, name, &Client::name);
    if (client != clients_.end()) return &*client;
  }
  return nullptr;
}

absl::StatusOr<edge::Caller> CallerAuth::Authenticate(
    const grpc::ServerContextBase& context) const {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first != last) {
    const std::optional<std::string_view> key = BearerOf(ToStd(first->second));
    if (std::next(first) != last || !key) {
      return WithReason(edge::Error(kUnauthenticated, "authorization is not one 'Bearer KEY'"),
                        "KEY_MALFORMED");
    }
    if (const std::optional<edge::Caller> caller = keys_.Find(*key)) return *caller;
    return WithReason(edge::Error(kUnauthenticated, "the API key is not known"), "KEY_UNKNOWN");
  }
  if (const Client* const client = FindClient(context)) {
    return edge::Caller{client->name, &client->scopes};
  }
  if (allow_unauthenticated_ && (reached_locally_ || IsThisMachine(context.peer()))) {
    return edge::Caller{"", &AllScopes()};
  }
  return WithReason(
      edge::Error(kUnauthenticated,
                  "no API key ('authorization: Bearer KEY') and no known certificate"),
      "KEY_MISSING");
}

absl::Status CheckMayCall(const edge::Caller& caller, std::string_view rpc) {
  if (caller.scopes->MayCall(rpc)) return absl::OkStatus();
  return WithReason(
      edge::Error(absl::StatusCode::kPermissionDenied, "the caller may not call {}", rpc),
      "RPC_NOT_ALLOWED");
}

}  // namespace control
