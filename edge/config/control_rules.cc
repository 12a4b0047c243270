#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/un.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "edge/config/address.h"
#include "edge/config/config_rules.h"
#include "edge/config/nearest_name.h"
#include "edge/config/setting.h"

namespace edge {
namespace {

using gatehouse::v1::ControlSettings;

bool IsLoopback(std::string_view listen) {
  const std::optional<Address> address = ParseAddress(listen);
  return address && address->IsLoopback();
}

// Who may connect at all.
void CheckControlListen(ConfigDraft& draft, bool dev) {
  const ControlSettings& control = draft.config.control();
  if (control.listen().empty() || IsLoopback(control.listen()) ||
      draft.HasErrorNear("control.listen"))
    return;
  const std::string value = Quoted(control.listen());
  if (dev) {
    draft.AddError("control.listen",
                   fmt::format("{} is not loopback, which --dev does not allow: it serves callers "
                               "without a key; allowed: 127.0.0.1:PORT, [::1]:PORT",
                               value));
  } else if (control.tls().client_ca_file().empty()) {
    draft.AddError("control.listen",
                   fmt::format("{} is not loopback, which needs control.tls with a client_ca_file; "
                               "without it allowed: 127.0.0.1:PORT, [::1]:PORT, unix_socket",
                               value));
  }
  if (control.allow_unauthenticated() && !dev) {
    draft.AddError("control.allow_unauthenticated",
                   fmt::format("true is for loopback and unix sockets only, and "
                               "control.listen is {}",
                               value));
  }
}

// Whether a caller could get in: a server that answers nobody is a mistake.
void CheckControlCallers(ConfigDraft& draft) {
  const ControlSettings& control = draft.config.control();
  const bool serves = !control.listen().empty() || !control.unix_socket().empty();
  // The unix socket is without TLS.
  const bool by_certificate = !control.listen().empty() &&
                              !control.tls().client_ca_file().empty() &&
                              control.tls().clients_size() > 0;
  if (!serves || control.api_keys_size() > 0 || by_certificate || control.allow_unauthenticated())
    return;
  if (draft.HasErrorNear("control.api_keys") || draft.HasErrorNear("control.tls") ||
      draft.HasErrorNear("control.allow_unauthenticated")) {
    return;
  }
  draft.AddError(
      "control.api_keys",
      "at least one key is needed, or control.tls with a client_ca_file and clients, or nobody "
      "could call; "
      "for development start with --dev; to go without a control API set control.listen to \"\"");
}

// The methods of gatehouse.v1.ControlService, in its order. Not from its descriptor, which would
// link gRPC here; tests/control/rpc_test.cc compares.
const std::vector<std::string>& RpcNames() {
  static const std::vector<std::string> names = {"Broadcast",
                                                 "BroadcastStream",
                                                 "SendToUsers",
                                                 "SendToConnections",
                                                 "GetHistory",
                                                 "RemoveHistory",
                                                 "Kick",
                                                 "Ban",
                                                 "Unban",
                                                 "ListBans",
                                                 "CreateTicket",
                                                 "RevokeTokens",
                                                 "ListRevocations",
                                                 "GetPresence",
                                                 "GetPresenceStats",
                                                 "WatchPresence",
                                                 "WatchEvents",
                                                 "AddMembers",
                                                 "RemoveMembers",
                                                 "ListMemberships",
                                                 "ListRooms",
                                                 "ListUserRooms",
                                                 "ListConnections",
                                                 "GetConnection",
                                                 "GetNodes",
                                                 "Attach"};
  return names;
}

// A caller whose `rpcs` has a name that there is not would be refused what it was meant to call.
template <typename Names>
void CheckRpcs(const Names& rpcs, const std::string& caller, ConfigDraft& draft) {
  for (int i = 0; i < rpcs.size(); ++i) {
    const std::string at = fmt::format("{}.rpcs[{}]", caller, i);
    if (draft.HasErrorNear(at) || std::ranges::count(RpcNames(), rpcs[i]) > 0) continue;
    const std::optional<std::string> nearest = NearestName(rpcs[i], RpcNames());
    draft.AddError(at,
                   fmt::format("{} is no RPC of the control API{}; allowed: {}", Quoted(rpcs[i]),
                               nearest ? fmt::format(" (did you mean {}?)", *nearest) : "",
                               fmt::join(RpcNames(), ", ")));
  }
}

bool IsSha256(std::string_view text) {
  constexpr size_t kHexDigits = 64;
  return text.size() == kHexDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

// The value is not shown: it may be the key itself, pasted by mistake.
void CheckApiKeys(ConfigDraft& draft) {
  const auto& keys = draft.config.control().api_keys();
  std::set<std::string> names;
  for (int i = 0; i < keys.size(); ++i) {
    const std::string at = fmt::format("control.api_keys[{}]", i);
    if (!keys[i].sha256().empty() && !IsSha256(keys[i].sha256()) &&
        !draft.HasErrorNear(at + ".sha256")) {
      draft.AddError(at + ".sha256",
                     fmt::format("the value has {} characters and is no SHA-256; allowed: 64 hex "
                                 "digits, printf %s KEY | sha256sum",
                                 keys[i].sha256().size()));
    }
    if (!keys[i].name().empty() && !names.insert(keys[i].name()).second) {
      draft.AddError(at + ".name",
                     fmt::format("{} is the name of another key as well", Quoted(keys[i].name())));
    }
    CheckRpcs(keys[i].rpcs(), at, draft);
  }
}

// Which of the files need each other.
void CheckTlsFiles(ConfigDraft& draft) {
  const auto& tls = draft.config.control().tls();
  CheckCertificatePair(draft, "control.tls", tls.certificate_file(), tls.key_file());
  if (!tls.client_ca_file().empty() && tls.certificate_file().empty() && tls.key_file().empty()) {
    draft.AddError("control.tls.client_ca_file", "needs certificate_file and key_file beside it");
  }
  if (tls.clients_size() > 0 && tls.client_ca_file().empty()) {
    draft.AddError("control.tls.clients",
                   "needs client_ca_file beside it: without it no caller shows a certificate");
  }
}

void CheckControlTls(ConfigDraft& draft) {
  const auto& tls = draft.config.control().tls();
  const bool files_wrong = draft.HasErrorNear("control.tls.certificate_file") ||
                           draft.HasErrorNear("control.tls.key_file") ||
                           draft.HasErrorNear("control.tls.client_ca_file");
  if (!files_wrong) CheckTlsFiles(draft);
  std::set<std::string> names;
  for (int i = 0; i < tls.clients_size(); ++i) {
    const std::string& name = tls.clients(i).name();
    const std::string at = fmt::format("control.tls.clients[{}]", i);
    CheckRpcs(tls.clients(i).rpcs(), at, draft);
    if (name.empty() || names.insert(name).second) continue;
    draft.AddError(at + ".name",
                   fmt::format("{} is the name of another client as well", Quoted(name)));
  }
}

void CheckUnixSocket(ConfigDraft& draft) {
  const std::string& path = draft.config.control().unix_socket();
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) {
    draft.AddError("control.unix_socket",
                   fmt::format("the path is {} bytes, the most a unix socket's may have is {}",
                               path.size(), kLongest));
  } else if (path.starts_with("unix:")) {
    draft.AddError("control.unix_socket",
                   fmt::format("{} is an address; write the path alone", Quoted(path)));
  }
}

}  // namespace

void CheckControlRules(ConfigDraft& draft, bool dev) {
  CheckControlTls(draft);
  CheckControlListen(draft, dev);
  CheckControlCallers(draft);
  CheckApiKeys(draft);
  CheckUnixSocket(draft);
}

}  // namespace edge
