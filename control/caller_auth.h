#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/api_key.h"
#include "gatehouse/v1/config.pb.h"

namespace grpc {
class ServerContextBase;
}

namespace control {

// Who may call: by API key, by the name in a client certificate, or, where the configuration says
// so, anybody on this machine. Immutable, any thread.
//
// A key that is shown decides alone: a wrong one is refused, whatever certificate comes with it.
class CallerAuth {
 public:
  // kInvalidArgument: bad hashes or names given twice.
  static absl::StatusOr<CallerAuth> Load(const gatehouse::v1::ControlSettings& settings);

  // kUnauthenticated: no key, an unknown key, no known certificate. What it returns is valid as
  // long as this object is. Messages and logs never have the key.
  absl::StatusOr<edge::Caller> Authenticate(const grpc::ServerContextBase& context) const;

 private:
  struct Client {
    std::string name;
    edge::CallerScopes scopes;
  };

  // Null: no certificate, or none of a listed name.
  const Client* FindClient(const grpc::ServerContextBase& context) const;

  edge::ApiKeys keys_;
  std::vector<Client> clients_;
  bool allow_unauthenticated_ = false;
  bool reached_locally_ = false;  // whoever connects is on this machine
};

// kPermissionDenied unless the scopes have the RPC.
absl::Status CheckMayCall(const edge::Caller& caller, std::string_view rpc);

}  // namespace control
