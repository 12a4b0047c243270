#include "edge/proxy/proxy_context.h"

#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <set>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/proxy/upstream_tls.h"

namespace edge {
namespace {

constexpr std::string_view kUnix = "unix:";

absl::Status FillUnix(const std::string& at, std::string_view path, UpstreamEndpoint& endpoint) {
  auto& address = reinterpret_cast<sockaddr_un&>(endpoint.address);
  if (path.empty() || path.front() != '/' || path.size() >= sizeof address.sun_path) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: write unix:/PATH, a path of at most {} bytes", at,
                 sizeof address.sun_path - 1);
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  endpoint.address_size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  endpoint.name = "localhost";
  return absl::OkStatus();
}

absl::StatusOr<UpstreamEndpoint> MakeEndpoint(const std::string& at, const std::string& text) {
  UpstreamEndpoint endpoint;
  endpoint.name = text;
  if (text.starts_with(kUnix)) {
    RETURN_IF_ERROR(FillUnix(at, std::string_view(text).substr(kUnix.size()), endpoint));
    return endpoint;
  }
  const size_t colon = text.rfind(':');
  std::string host = text.substr(0, std::min(colon, text.size()));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (colon == std::string::npos || host.empty()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: '{}' is no endpoint; write HOST:PORT, [IPV6]:PORT or unix:/PATH", at, text);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), text.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) {
    return Error(absl::StatusCode::kUnavailable, "{}: '{}': {}", at, text, ::gai_strerror(error));
  }
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.address_size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return endpoint;
}

absl::StatusOr<UpstreamGroup> MakeGroup(const std::string& at,
                                        const gatehouse::v1::UpstreamSettings& settings) {
  UpstreamGroup group;
  group.name = settings.name();
  group.least_connections = settings.balance() == "least_connections";
  group.host = settings.host();
  group.connect_timeout_millis = static_cast<int64_t>(settings.connect_timeout());
  group.header_timeout_millis = static_cast<int64_t>(settings.header_timeout());
  group.keep_alive_millis = static_cast<int64_t>(settings.keep_alive());
  group.ejection_millis = static_cast<int64_t>(settings.ejection_time());
  group.keep_alive_connections = settings.keep_alive_connections();
  group.max_connections = settings.max_connections();
  group.retries = settings.retries();
  group.max_failures = settings.max_failures();
  group.health_path = settings.health_path();
  group.health_interval_millis = static_cast<int64_t>(settings.health_interval());
  group.health_timeout_millis = static_cast<int64_t>(settings.health_timeout());
  const bool printable = std::ranges::all_of(group.health_path + group.host,
                                             [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || (!group.health_path.empty() && group.health_path.front() != '/')) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "{}: health_path is a path, and it and host have no spaces", at);
  }
  for (int i = 0; i < settings.endpoints_size(); ++i) {
    ASSIGN_OR_RETURN(UpstreamEndpoint endpoint,
                     MakeEndpoint(fmt::format("{}.endpoints[{}]", at, i), settings.endpoints(i)));
    group.endpoints.push_back(std::move(endpoint));
  }
  ASSIGN_OR_RETURN(group.tls, MakeUpstreamTls(at, settings.tls()));
  for (UpstreamEndpoint& endpoint : group.endpoints) {
    const std::string& name = settings.tls().server_name();
    endpoint.server_name = name.empty() ? std::string(HostOfAddress(endpoint.name)) : name;
  }
  // A request remembers in 64 bits which it has tried.
  constexpr size_t kMostEndpoints = 64;
  if (group.endpoints.empty() || group.endpoints.size() > kMostEndpoints) {
    return Error(absl::StatusCode::kInvalidArgument, "{}.endpoints: 1 to {} are needed, {} given",
                 at, kMostEndpoints, group.endpoints.size());
  }
  return group;
}

}  // namespace

absl::StatusOr<ProxyContext> ProxyContext::Make(const gatehouse::v1::ProxySettings& settings) {
  ProxyContext context;
  ASSIGN_OR_RETURN(context.routes, RouteTable::Make(settings));
  const auto trusted = TrustedNetworks::Parse(
      {settings.trusted_proxies().begin(), settings.trusted_proxies().end()});
  if (!trusted.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "proxy.trusted_proxies: {}",
                 ToStd(trusted.status().message()));
  }
  context.trusted = *trusted;
  std::set<std::string> names;
  for (int i = 0; i < settings.upstreams_size(); ++i) {
    const std::string at = fmt::format("proxy.upstreams[{}]", i);
    if (!names.insert(settings.upstreams(i).name()).second) {
      return Error(absl::StatusCode::kInvalidArgument, "{}.name: '{}' is another one's as well", at,
                   settings.upstreams(i).name());
    }
    ASSIGN_OR_RETURN(UpstreamGroup group, MakeGroup(at, settings.upstreams(i)));
    context.upstreams.push_back(std::move(group));
  }
  context.proxy_protocol = settings.proxy_protocol();
  if (context.proxy_protocol && context.trusted.empty()) {
    return absl::InvalidArgumentError(
        "proxy.proxy_protocol needs proxy.trusted_proxies: whose PROXY headers are believed");
  }
  context.keep_alive_millis = static_cast<int64_t>(settings.keep_alive());
  context.idle_timeout_millis = static_cast<int64_t>(settings.idle_timeout());
  context.tunnel_idle_millis = static_cast<int64_t>(settings.tunnel_idle_timeout());
  context.max_body_size = settings.max_body_size();
  context.max_response_header_size = settings.max_response_header_size();
  return context;
}

}  // namespace edge
