#include "edge/hooks/grpc_hook_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <boost/asio/post.hpp>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

// An endpoint that was away is found again soon after it came back.
constexpr int kFirstReconnectMillis = 200;
constexpr int kLongestReconnectMillis = 2000;

// Any message can go through a generic stub, so that the generated one is not needed.
grpc::ByteBuffer ToBuffer(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool FromBuffer(const grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok() &&
         message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

struct OpenCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  HookMethod method = HookMethod::kConnect;
  HookClient::Done done;
};

HookClient::Result ResultOf(const OpenCall& call, const grpc::Status& status) {
  HookClient::Result result;
  if (!status.ok()) {
    const bool unreached = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    result.outcome = unreached ? HookOutcome::kUnreached : HookOutcome::kFailed;
    // The message is the application's when the code is, and may repeat what it was asked.
    result.detail = fmt::format("gRPC status {}", static_cast<int>(status.error_code()));
    return result;
  }
  result.response = EmptyResponse(call.method);
  if (FromBuffer(call.response, MessageOf(result.response))) {
    result.outcome = HookOutcome::kAnswered;
  } else {
    result.detail = "the answer is no message of the method's";
  }
  return result;
}

class Client final : public HookClient {
 public:
  Client(boost::asio::io_context& io, const Clock& clock, std::shared_ptr<grpc::Channel> channel,
         std::string bearer)
      : io_(io), clock_(clock), stub_(std::move(channel)), bearer_(std::move(bearer)) {}

  ~Client() override {
    std::unique_lock lock(mutex_);
    for (const auto& call : open_) call->context.TryCancel();
    none_open_.wait(lock, [this] { return open_.empty(); });
  }

  void Call(std::shared_ptr<const HookCall> call, int64_t deadline_millis, Done done) override {
    auto open = std::make_shared<OpenCall>();
    open->request = ToBuffer(MessageOf(call->request));
    open->method = call->method();
    open->done = std::move(done);
    const int64_t left = std::max<int64_t>(deadline_millis - clock_.MonotonicMillis(), 1);
    open->context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(left));
    if (!call->traceparent.empty()) open->context.AddMetadata("traceparent", call->traceparent);
    if (!bearer_.empty()) open->context.AddMetadata("authorization", "Bearer " + bearer_);
    {
      const std::lock_guard lock(mutex_);
      open_.insert(open);
    }
    const std::string method =
        fmt::format("/gatehouse.v1.HooksService/{}", HookMethodName(open->method));
    stub_.UnaryCall(&open->context, method, grpc::StubOptions(), &open->request, &open->response,
                    [this, open](const grpc::Status& status) { OnDone(open, status); });
  }

 private:
  // On a thread of gRPC's.
  void OnDone(const std::shared_ptr<OpenCall>& call, const grpc::Status& status) {
    boost::asio::post(io_, [call, status] { std::move(call->done)(ResultOf(*call, status)); });
    // Last of all, and notified under the lock: the destructor waits for this.
    const std::lock_guard lock(mutex_);
    open_.erase(call);
    if (open_.empty()) none_open_.notify_all();
  }

  boost::asio::io_context& io_;
  const Clock& clock_;
  grpc::GenericStub stub_;
  const std::string bearer_;
  // Not edge::Mutex: it goes with a condition variable.
  std::mutex mutex_;
  std::condition_variable none_open_;
  std::unordered_set<std::shared_ptr<OpenCall>> open_;
};

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  if (!file) return Error(absl::StatusCode::kInvalidArgument, "{} cannot be read", path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const GrpcHookSettings& settings) {
  if (settings.url.scheme != "grpcs") return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem(settings.ca_file));
  ASSIGN_OR_RETURN(options.pem_cert_chain, ReadPem(settings.certificate_file));
  ASSIGN_OR_RETURN(options.pem_private_key, ReadPem(settings.key_file));
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HookClient>> GrpcHookClient::Make(boost::asio::io_context& io,
                                                                 const Clock& clock,
                                                                 GrpcHookSettings settings) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                   MakeCredentials(settings));
  if (settings.url.port == 0) settings.url.port = settings.url.scheme == "grpcs" ? 443 : 80;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(settings.max_answer));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMillis);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kFirstReconnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMillis);
  auto channel = grpc::CreateCustomChannel(settings.url.Authority(), credentials, arguments);
  return std::make_unique<Client>(io, clock, std::move(channel), std::move(settings.bearer));
}

}  // namespace edge
