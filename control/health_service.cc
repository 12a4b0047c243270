#include "control/health_service.h"

#include <memory>
#include <utility>

#include "control/grpc_status.h"
#include "edge/base/mutex.h"

namespace control {
namespace {

using Response = grpc::health::v1::HealthCheckResponse;

// Writes the state it was made with; when the server drains, NOT_SERVING, and ends.
class HealthWatch final : public grpc::ServerWriteReactor<Response>,
                          public OpenStream,
                          public std::enable_shared_from_this<HealthWatch> {
 public:
  explicit HealthWatch(StreamRegistry& streams) : streams_(streams) {}

  void Begin(Response::ServingStatus state) {
    {
      const edge::MutexLock lock(mutex_);
      self_ = shared_from_this();
      state_.set_status(state);
      writing_ = true;
      StartWrite(&state_);
    }
    streams_.Add(shared_from_this());
  }

  void EndForDrain() override { End(true); }
  void OnCancel() override { End(false); }

  void OnWriteDone(bool ok) override {
    const edge::MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) ending_ = true;
    GoOn();
  }

  void OnDone() override {
    streams_.Remove(this);
    std::shared_ptr<HealthWatch> last;
    const edge::MutexLock lock(mutex_);
    last = std::move(self_);
  }

 private:
  void End(bool tell) {
    const edge::MutexLock lock(mutex_);
    if (ending_) return;
    ending_ = true;
    tell_ = tell && state_.status() == Response::SERVING;
    GoOn();
  }

  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || !ending_ || finished_) return;
    if (std::exchange(tell_, false)) {
      state_.set_status(Response::NOT_SERVING);
      writing_ = true;
      return StartWrite(&state_);
    }
    finished_ = true;
    Finish(ToGrpcStatus(absl::UnavailableError("draining")));
  }

  StreamRegistry& streams_;  // only while the call lives
  edge::Mutex mutex_;
  std::shared_ptr<HealthWatch> self_ ABSL_GUARDED_BY(mutex_);
  Response state_ ABSL_GUARDED_BY(mutex_);  // gRPC's while writing_
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool tell_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

Response::ServingStatus HealthService::StateOf(const std::string& service) const {
  if (!service.empty() && service != service_name_) return Response::SERVICE_UNKNOWN;
  return serving_.load(std::memory_order_relaxed) ? Response::SERVING : Response::NOT_SERVING;
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const grpc::health::v1::HealthCheckRequest* request,
                                               Response* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const Response::ServingStatus state = StateOf(request->service());
  if (state == Response::SERVICE_UNKNOWN) {
    reactor->Finish(ToGrpcStatus(absl::NotFoundError("no such service")));
  } else {
    response->set_status(state);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<Response>* HealthService::Watch(
    grpc::CallbackServerContext* /*context*/, const grpc::health::v1::HealthCheckRequest* request) {
  const auto watch = std::make_shared<HealthWatch>(streams_);
  watch->Begin(StateOf(request->service()));
  return watch.get();
}

}  // namespace control
