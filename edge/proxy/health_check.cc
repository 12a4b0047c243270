#include "edge/proxy/health_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "edge/proxy/upstream_pool.h"

namespace edge {
namespace {

constexpr int kFailuresToBeDown = 2;
// "HTTP/1.1 200"
constexpr size_t kStatusSize = 12;

}  // namespace

HealthCheck::HealthCheck(UpstreamPool& pool, size_t group, size_t endpoint)
    : pool_(pool), group_(group), endpoint_(endpoint) {
  pool_.shard().wheel().Schedule(*this, pool_.shard().now_millis());
}

HealthCheck::~HealthCheck() {
  pool_.shard().wheel().Cancel(*this);
}

void HealthCheck::OnDeadline() {
  if (connection_ != nullptr) return End(false);
  Begin();
}

void HealthCheck::Begin() {
  auto connection = pool_.Connect(group_, endpoint_);
  if (!connection.ok()) return End(false);
  connection_ = *std::move(connection);
  connection_->SetUser(this);
  answer_.clear();
  Shard& shard = pool_.shard();
  shard.wheel().Schedule(*this, shard.now_millis() + pool_.group(group_).health_timeout_millis);
  if (!connection_->connecting()) Ask();
}

void HealthCheck::OnUpstreamReady(uint32_t) {
  if (!connection_->connecting()) return Read();
  if (!connection_->Advance().ok()) return End(false);
  if (connection_->connecting()) return connection_->WatchConnecting();
  Ask();
}

void HealthCheck::Ask() {
  const UpstreamGroup& group = pool_.group(group_);
  std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: gatehouse\r\nConnection: close\r\n\r\n",
      group.health_path, group.host.empty() ? group.endpoints[endpoint_].name : group.host);
  const iovec part{request.data(), request.size()};
  // A socket that has just been opened takes so few bytes.
  const ssize_t sent = connection_->socket().Send({&part, 1});
  if (sent != static_cast<ssize_t>(request.size())) return End(false);
  connection_->Watch(EPOLLIN);
}

void HealthCheck::Read() {
  const std::span<char> scratch = pool_.shard().scratch();
  const ssize_t got = connection_->socket().Receive(scratch);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return End(false);
  answer_.append(scratch.data(), std::min(static_cast<size_t>(got), kStatusSize));
  if (answer_.size() < kStatusSize) return;
  const bool http = answer_.starts_with("HTTP/1.1 ") || answer_.starts_with("HTTP/1.0 ");
  End(http && (answer_[9] == '2' || answer_[9] == '3'));
}

void HealthCheck::End(bool well) {
  Shard& shard = pool_.shard();
  connection_.reset();
  failures_ = well ? 0 : failures_ + 1;
  if (well || failures_ >= kFailuresToBeDown) pool_.SetDown(group_, endpoint_, !well);
  shard.wheel().Schedule(*this, shard.now_millis() + pool_.group(group_).health_interval_millis);
}

}  // namespace edge
