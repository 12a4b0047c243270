#include "edge/proxy/upstream_pool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {

namespace {

// kUnavailable: there is no socket to be had. kAborted: it was refused at once.
absl::StatusOr<Socket> ConnectTo(const UpstreamEndpoint& endpoint, bool& connecting) {
  const int family = endpoint.address.ss_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Error(absl::StatusCode::kUnavailable, "no socket for an upstream: {}",
                 std::strerror(errno));
  }
  Socket socket(fd, ConnectionPermit());
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  connecting = ::connect(fd, reinterpret_cast<const sockaddr*>(&endpoint.address),
                         endpoint.address_size) != 0;
  if (connecting && errno != EINPROGRESS) {
    return Error(absl::StatusCode::kAborted, "{}", std::strerror(errno));
  }
  return socket;
}

}  // namespace

UpstreamPool::UpstreamPool(const ProxyContext& context, Shard& shard, ShardMetrics& metrics)
    : context_(context), shard_(shard), metrics_(metrics), groups_(context.upstreams.size()) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    groups_[i].endpoints = std::vector<Endpoint>(context.upstreams[i].endpoints.size());
    // Shards that begin with the same endpoint would load it in step.
    groups_[i].next = shard.index();
    if (context.upstreams[i].tls != nullptr && tls_io_ == nullptr) {
      tls_io_ = std::make_unique<TlsIo>();
    }
    for (size_t k = 0; k < groups_[i].endpoints.size() && !context.upstreams[i].health_path.empty();
         ++k) {
      checks_.push_back(std::make_unique<HealthCheck>(*this, i, k));
    }
  }
}

UpstreamPool::~UpstreamPool() = default;

size_t UpstreamPool::Choose(const Wish& wish) {
  Group& group = groups_[wish.group];
  const size_t count = group.endpoints.size();
  const int64_t now = shard_.now_millis();
  // Better one that is ejected than one that has just failed, and better that one than none.
  const auto rank = [&](size_t i) {
    const bool tried = (wish.tried >> i & 1) != 0;
    return (tried ? 0 : 2) +
           (group.endpoints[i].ejected_until <= now && !group.endpoints[i].down ? 1 : 0);
  };
  size_t best = group.next++ % count;
  const size_t first = best;
  for (size_t k = 1; k < count; ++k) {
    const size_t i = (first + k) % count;
    const bool fewer = context_.upstreams[wish.group].least_connections &&
                       group.endpoints[i].active < group.endpoints[best].active;
    if (rank(i) > rank(best) || (rank(i) == rank(best) && fewer)) best = i;
  }
  return best;
}

std::unique_ptr<UpstreamConnection> UpstreamPool::TakeIdle(Group& group, Endpoint& endpoint,
                                                           bool must_be_open) {
  while (!endpoint.idle.empty()) {
    std::unique_ptr<UpstreamConnection> connection = std::move(endpoint.idle.back());
    endpoint.idle.pop_back();
    --group.idle;
    metrics_.proxy_idle_upstreams.Add(-1);
    if (!must_be_open || connection->StillOpen()) {
      shard_.wheel().Cancel(*connection);
      connection->SetReused();
      return connection;
    }
    --group.connections;
  }
  return nullptr;
}

bool UpstreamPool::DropOldestIdle(Group& group) {
  for (Endpoint& endpoint : group.endpoints) {
    if (endpoint.idle.empty()) continue;
    DropIdle(*endpoint.idle.front());
    return true;
  }
  return false;
}

absl::StatusOr<std::unique_ptr<UpstreamConnection>> UpstreamPool::Connect(size_t group,
                                                                          size_t endpoint) {
  bool connecting = false;
  const UpstreamGroup& rules = context_.upstreams[group];
  ASSIGN_OR_RETURN(Socket socket, ConnectTo(rules.endpoints[endpoint], connecting));
  connecting |= rules.tls != nullptr;
  metrics_.proxy_upstream_connects.Add();
  return std::make_unique<UpstreamConnection>(*this, group, endpoint, std::move(socket),
                                              connecting);
}

absl::StatusOr<std::unique_ptr<UpstreamConnection>> UpstreamPool::Take(const Wish& wish,
                                                                       size_t& index) {
  Group& group = groups_[wish.group];
  const UpstreamGroup& rules = context_.upstreams[wish.group];
  index = Choose(wish);
  Endpoint& endpoint = group.endpoints[index];
  std::unique_ptr<UpstreamConnection> connection;
  if (!wish.only_fresh) connection = TakeIdle(group, endpoint, wish.must_be_open);
  if (connection == nullptr) {
    if (group.connections >= rules.max_connections && !DropOldestIdle(group)) {
      return Error(absl::StatusCode::kResourceExhausted,
                   "all {} connections to the upstream are in use (max_connections)",
                   rules.max_connections);
    }
    absl::StatusOr<std::unique_ptr<UpstreamConnection>> fresh = Connect(wish.group, index);
    if (!fresh.ok() && absl::IsAborted(fresh.status())) Report(wish.group, index, false);
    if (!fresh.ok()) return fresh.status();
    connection = *std::move(fresh);
    ++group.connections;
  }
  ++endpoint.active;
  return connection;
}

void UpstreamPool::Release(std::unique_ptr<UpstreamConnection> connection, bool reusable) {
  Group& group = groups_[connection->group()];
  const UpstreamGroup& rules = context_.upstreams[connection->group()];
  Endpoint& endpoint = group.endpoints[connection->endpoint()];
  --endpoint.active;
  connection->SetUser(nullptr);
  if (!reusable || group.idle >= rules.keep_alive_connections) {
    --group.connections;
    return;
  }
  connection->Watch(EPOLLIN);
  shard_.wheel().Schedule(*connection, shard_.now_millis() + rules.keep_alive_millis);
  endpoint.idle.push_back(std::move(connection));
  ++group.idle;
  metrics_.proxy_idle_upstreams.Add(1);
}

void UpstreamPool::DropIdle(UpstreamConnection& connection) {
  Group& group = groups_[connection.group()];
  auto& idle = group.endpoints[connection.endpoint()].idle;
  const auto at =
      std::ranges::find_if(idle, [&](const auto& held) { return held.get() == &connection; });
  if (at == idle.end()) return;
  --group.idle;
  --group.connections;
  metrics_.proxy_idle_upstreams.Add(-1);
  idle.erase(at);
}

void UpstreamPool::SetDown(size_t group, size_t endpoint, bool down) {
  Endpoint& state = groups_[group].endpoints[endpoint];
  if (state.down == down) return;
  state.down = down;
  if (down) metrics_.proxy_ejections.Add();
  LogWarn(down ? "upstream endpoint is down" : "upstream endpoint is well again",
          {{"upstream", context_.upstreams[group].name},
           {"endpoint", context_.upstreams[group].endpoints[endpoint].name}});
}

void UpstreamPool::Report(size_t group, size_t endpoint, bool well) {
  Endpoint& state = groups_[group].endpoints[endpoint];
  const UpstreamGroup& rules = context_.upstreams[group];
  if (well) {
    state.failures = 0;
    return;
  }
  metrics_.proxy_upstream_failures.Add();
  if (rules.max_failures == 0 || ++state.failures < rules.max_failures) return;
  state.failures = 0;
  state.ejected_until = shard_.now_millis() + rules.ejection_millis;
  metrics_.proxy_ejections.Add();
  LogWarn("upstream endpoint passed over", {{"upstream", rules.name},
                                            {"endpoint", rules.endpoints[endpoint].name},
                                            {"failures", rules.max_failures},
                                            {"millis", rules.ejection_millis}});
}

}  // namespace edge
