#pragma once

#include <atomic>
#include <string_view>

#include "control/stream_registry.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace control {

// grpc.health.v1.Health, for probes: SERVING until the drain, then NOT_SERVING. Asks for no key.
// Our own and not gRPC's, whose descriptor reflection cannot give and whose watches a drain waits
// for.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // Knows "" (the server) and `service_name`, both in the same state. Watches are added to
  // `streams` and end with the drain.
  HealthService(std::string_view service_name, StreamRegistry& streams)
      : service_name_(service_name), streams_(streams) {}

  void SetNotServing() { serving_.store(false, std::memory_order_relaxed); }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  grpc::health::v1::HealthCheckResponse::ServingStatus StateOf(const std::string& service) const;

  const std::string_view service_name_;
  StreamRegistry& streams_;
  std::atomic<bool> serving_ = true;
};

}  // namespace control
