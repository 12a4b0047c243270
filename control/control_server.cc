#include "control/control_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "control/control_service.h"
#include "control/health_service.h"
#include "control/listeners.h"
#include "control/tls_credentials.h"
#include "control/unary_call.h"
#include "edge/base/batch_scheduling.h"
#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "gatehouse/v1/control.grpc.pb.h"

namespace control {
namespace {

using gatehouse::v1::ControlSettings;

// Calls under way get this long before they are cancelled; the streams have been ended by then.
constexpr std::chrono::seconds kDrainTime(5);
// Above all that a valid request can hold (1,000 names twice and a payload: under 1 MiB), so that a
// payload over its limit is refused by name. gRPC refuses what is bigger, and never holds more.
constexpr int kMaxRequestBytes = 4 << 20;
constexpr int kMaxConcurrentStreams = 1000;  // of one HTTP/2 connection

// Reflection as this server's settings say. Whatever links gRPC's library for it has it in every
// server of the process, unless it is taken out.
class ReflectionOption final : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionOption(bool on) : on_(on) {}
  void UpdateArguments(grpc::ChannelArguments* /*args*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto reflection = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    std::erase_if(*plugins, [name = reflection->name()](const auto& plugin) {
      return plugin->name() == name;
    });
    if (on_) plugins->push_back(std::move(reflection));
  }

 private:
  const bool on_;
};

// Errors at most once a second: whoever can connect can cause them (failed handshakes).
void LogFromGrpc(gpr_log_func_args* args) {
  static std::atomic<int64_t> last_second = 0;
  edge::LogLevel level = edge::LogLevel::kDebug;
  if (args->severity == GPR_LOG_SEVERITY_ERROR) {
    const int64_t second = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
    if (last_second.exchange(second) != second) level = edge::LogLevel::kWarn;
  }
  edge::Log(level, args->message, {{"from", "grpc"}});
}

// What cannot be parsed is answered; a caller must not fill the log with it.
void LogFromProtobuf(google::protobuf::LogLevel /*level*/, const char* /*file*/, int /*line*/,
                     const std::string& message) {
  edge::LogDebug(message, {{"from", "protobuf"}});
}

void Configure(const ControlSettings& settings, grpc::ServerBuilder& builder) {
  constexpr int kMillis = 1000;
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  // A small compressed request could unfold without a bound.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two nodes share a port silently
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  // A watcher's machine that vanished is noticed; a caller that pings is not sent away.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30 * kMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10 * kMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10 * kMillis);
  // Reflection is the one synchronous service.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder.SetOption(std::make_unique<ReflectionOption>(settings.reflection()));
}

}  // namespace

struct ControlServer::State {
  State(edge::NodeApi& node, CallerAuth auth)
      : environment{.node = node, .auth = std::move(auth)} {}

  absl::Status Listen(const ControlSettings& settings);

  CallEnvironment environment;
  std::unique_ptr<grpc::Service> service = MakeControlService(environment);
  HealthService health{gatehouse::v1::ControlService::service_full_name(), environment.streams};
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

absl::Status ControlServer::State::Listen(const ControlSettings& settings) {
  if (settings.listen().empty() && settings.unix_socket().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                   MakeCredentials(settings.tls()));
  grpc::ServerBuilder builder;
  Configure(settings, builder);
  builder.RegisterService(service.get());
  builder.RegisterService(&health);
  int port = 0;
  int unix_port = 0;
  if (!settings.listen().empty()) builder.AddListeningPort(settings.listen(), credentials, &port);
  if (!settings.unix_socket().empty()) {
    RETURN_IF_ERROR(PrepareUnixSocket(settings.unix_socket()));
    // Plain even beside TLS: the file's permissions guard it.
    builder.AddListeningPort(UnixUri(settings.unix_socket()), grpc::InsecureServerCredentials(),
                             &unix_port);
  }
  {
    std::optional<ScopedFileMode> mode;
    if (!settings.unix_socket().empty()) mode.emplace(settings.unix_socket_mode());
    server = builder.BuildAndStart();
  }
  if (!settings.listen().empty() && (server == nullptr || port == 0)) {
    const std::string why = WhyNotBound(settings.listen());
    return edge::Error(absl::StatusCode::kUnavailable, "control.listen '{}': {}", settings.listen(),
                       why);
  }
  if (server == nullptr || (!settings.unix_socket().empty() && unix_port == 0)) {
    return edge::Error(absl::StatusCode::kUnavailable,
                       "control.unix_socket '{}' cannot be listened on", settings.unix_socket());
  }
  address = settings.listen().empty() ? "unix:" + settings.unix_socket()
                                      : WithPort(settings.listen(), port);
  return absl::OkStatus();
}

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

ControlServer::~ControlServer() {
  Drain();
}

absl::StatusOr<std::unique_ptr<ControlServer>> ControlServer::Start(const ControlSettings& settings,
                                                                    edge::NodeApi& node) {
  const edge::ScopedBatchScheduling batch_scheduling;  // of all threads that are started here
  // Debian's absl looks for deadlock cycles at every lock that gRPC takes: a twelfth of a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(LogFromProtobuf);
  ASSIGN_OR_RETURN(CallerAuth auth, CallerAuth::Load(settings));
  std::unique_ptr<ControlServer> server(
      new ControlServer(std::make_unique<State>(node, std::move(auth))));
  CallEnvironment& environment = server->state_->environment;
  environment.limits = {.max_payload_bytes = node.max_payload_size(),
                        .max_broadcast_rooms = settings.max_broadcast_rooms()};
  environment.deadlines =
      std::make_shared<CallDeadlines>(static_cast<int64_t>(settings.max_deadline()));
  environment.watch_queue = settings.watch_queue();
  RETURN_IF_ERROR(server->state_->Listen(settings));
  return server;
}

const std::string& ControlServer::address() const {
  return state_->address;
}

std::string ControlServer::Metrics() const {
  return state_->environment.metrics.Expose();
}

void ControlServer::AnnounceDrain() {
  state_->health.SetNotServing();
}

void ControlServer::Drain() {
  CallEnvironment& environment = state_->environment;
  environment.draining.store(true, std::memory_order_relaxed);
  state_->health.SetNotServing();
  environment.streams.EndAll();
  if (state_->server != nullptr) {
    state_->server->Shutdown(std::chrono::system_clock::now() + kDrainTime);
    state_->server.reset();
  }
  // After the last call is done: what is still posted finds it so.
  environment.answers->Stop();
}

}  // namespace control
