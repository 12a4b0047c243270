#pragma once

#include <memory>
#include <string>

#include "edge/proxy/upstream_connection.h"
#include "edge/session/shard_timer.h"

namespace edge {

class UpstreamPool;

// Asks one endpoint at intervals whether it is well: GET of the group's health_path on a connection
// of its own, answered with 2xx or 3xx in time. Two failures in a row, and the pool passes the
// endpoint over until it answers well. Belongs to its pool, on the shard.
class HealthCheck final : public UpstreamUser, public DeadlineTimer {
 public:
  HealthCheck(UpstreamPool& pool, size_t group, size_t endpoint);
  ~HealthCheck() override;

  void OnUpstreamReady(uint32_t events) override;
  // The next check is due, or the one under way is out of time.
  void OnDeadline() override;

 private:
  void Begin();
  void Ask();
  void Read();
  void End(bool well);

  UpstreamPool& pool_;
  size_t group_;
  size_t endpoint_;
  std::unique_ptr<UpstreamConnection> connection_;  // null: none is under way
  std::string answer_;                              // its beginning
  int failures_ = 0;
};

}  // namespace edge
