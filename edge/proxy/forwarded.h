#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/proxy/message_head.h"

namespace edge {

// Addresses whose word is taken about whom they speak for. Immutable, any thread.
class TrustedNetworks {
 public:
  // Networks as 10.0.0.0/8, 2001:db8::/32, or single addresses. kInvalidArgument names the one that
  // is none.
  static absl::StatusOr<TrustedNetworks> Parse(const std::vector<std::string>& networks);

  // Whether `address`, without port or brackets, is in one of them. What is no address is not.
  bool Contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::array<uint8_t, 16> bytes{};  // IPv4 mapped into IPv6
    int bits = 0;
  };
  std::vector<Network> networks_;
};

// "192.0.2.1" of "192.0.2.1:443", "2001:db8::1" of "[2001:db8::1]:443".
std::string_view HostOfAddress(std::string_view address);

// The peer of a client's connection, as requests on it tell of it.
struct Peer {
  std::string address;   // without port
  bool trusted = false;  // in proxy.trusted_proxies
  bool tls = false;
};

// Who the request comes from: the peer, or, told by a trusted peer, the last address of
// X-Forwarded-For (else of Forwarded) that is not itself trusted.
std::string ClientOf(const Peer& peer, const TrustedNetworks& trusted, const RequestHead& request);

// Whether the field tells of those a request came through: what only a trusted peer may say. '_' in
// a name counts as '-': applications behind CGI-like interfaces cannot tell them apart.
bool TellsOrigin(std::string_view name);

// Appends Forwarded (RFC 7239), X-Forwarded-For, -Proto and -Host, and X-Real-IP. What a trusted
// peer said is kept and added to; what another said is not in it.
void AppendForwarded(const Peer& peer, std::string_view client, const RequestHead& request,
                     std::string& out);

}  // namespace edge
