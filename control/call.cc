#include "control/call.h"

#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>

#include "control/call_codec.h"
#include "control/message_bytes.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace control {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return edge::Error(absl::StatusCode::kInvalidArgument, "'{}' cannot be read", path);
  }
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const CallOptions& options) {
  const bool has_certificate =
      !options.tls_certificate_file.empty() || !options.tls_key_file.empty();
  if (options.tls_ca_file.empty() && !has_certificate) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  if (!options.tls_ca_file.empty()) {
    ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(options.tls_ca_file));
  }
  if (has_certificate) {
    ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadFile(options.tls_certificate_file));
    ASSIGN_OR_RETURN(ssl.pem_private_key, ReadFile(options.tls_key_file));
  }
  return grpc::SslCredentials(ssl);
}

// One call of any kind, driven as a stream: what is to be sent goes out one by one while answers
// come in, so that neither side waits for the other.
class Exchange {
 public:
  Exchange(const MethodDescriptor& method, const CallOptions& options, std::ostream& out)
      : method_(method), options_(options), out_(out) {}

  grpc::Status Run(const std::shared_ptr<grpc::Channel>& channel,
                   std::deque<grpc::ByteBuffer> requests) {
    requests_ = std::move(requests);
    Prepare();
    grpc::GenericStub stub(channel);
    call_ = stub.PrepareCall(&context_, "/" + method_.service()->full_name() + "/" + method_.name(),
                             &queue_);
    call_->StartCall(&started_);
    call_->Finish(&status_, &ended_);
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok) && tag != &ended_) On(tag, ok);
    queue_.Shutdown();
    while (queue_.Next(&tag, &ok)) {
    }
    const bool enough = options_.count > 0 && answers_ >= options_.count;
    return enough ? grpc::Status::OK : status_;
  }

 private:
  void Prepare() {
    constexpr int64_t kUnaryMillis = 10'000;
    const bool stream = method_.client_streaming() || method_.server_streaming();
    const int64_t millis =
        options_.timeout_millis > 0 ? options_.timeout_millis : (stream ? 0 : kUnaryMillis);
    if (millis > 0) {
      context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(millis));
    }
    if (!options_.key.empty()) context_.AddMetadata("authorization", "Bearer " + options_.key);
  }

  void On(void* tag, bool ok) {
    if (!ok) return;  // the call is over; Finish says why
    if (tag == &started_) call_->Read(&incoming_, &read_);
    if (tag == &started_ || tag == &written_) WriteNext();
    if (tag != &read_) return;
    Print();
    if (options_.count > 0 && ++answers_ >= options_.count) {
      context_.TryCancel();
    } else {
      call_->Read(&incoming_, &read_);
    }
  }

  void WriteNext() {
    if (requests_.empty()) return call_->WritesDone(&closed_);
    outgoing_.Swap(&requests_.front());
    requests_.pop_front();
    call_->Write(outgoing_, &written_);
  }

  void Print() {
    const std::unique_ptr<Message> answer(
        MessageFactory::generated_factory()->GetPrototype(method_.output_type())->New());
    if (!ParseMessage(incoming_, *answer).ok()) return;
    out_ << ToJson(*answer) << std::flush;
  }

  const MethodDescriptor& method_;
  const CallOptions& options_;
  std::ostream& out_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  std::deque<grpc::ByteBuffer> requests_;
  grpc::ByteBuffer outgoing_;
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  size_t answers_ = 0;
  // The tags: their addresses tell the events apart.
  char started_ = 0, read_ = 0, written_ = 0, closed_ = 0, ended_ = 0;
};

}  // namespace

absl::Status RunCall(const CallOptions& options, std::ostream& out) {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  ASSIGN_OR_RETURN(const MethodDescriptor* const method, FindMethod(options.method));
  ASSIGN_OR_RETURN(const std::vector<std::string> objects, SplitObjects(options.json));
  if (objects.size() > 1 && !method->client_streaming()) {
    return edge::Error(absl::StatusCode::kInvalidArgument, "{} takes one request, not {}",
                       method->name(), objects.size());
  }
  std::deque<grpc::ByteBuffer> requests;
  for (const std::string& object : objects) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> request,
                     FromJson(*method->input_type(), object));
    requests.push_back(ToBytes(*request));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                   Credentials(options));
  const auto channel = grpc::CreateChannel(options.target, credentials);
  const grpc::Status status = Exchange(*method, options, out).Run(channel, std::move(requests));
  if (status.ok()) return absl::OkStatus();
  return {static_cast<absl::StatusCode>(status.error_code()),
          DescribeError(status.error_code(), status.error_message(), status.error_details())};
}

}  // namespace control
