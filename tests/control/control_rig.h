#pragma once

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "control/call_codec.h"
#include "control/control_server.h"
#include "control/message_bytes.h"
#include "gatehouse/v1/control.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/fake_node_api.h"

namespace control {

namespace v1 = gatehouse::v1;

inline std::string Sha256Hex(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

inline gatehouse::v1::ControlSettings LoopbackSettings() {
  gatehouse::v1::ControlSettings settings;
  settings.set_listen("127.0.0.1:0");
  settings.set_allow_unauthenticated(true);
  settings.set_max_broadcast_rooms(1000);
  settings.set_watch_queue(64);
  settings.set_max_deadline(30'000);
  settings.set_reflection(true);
  return settings;
}

// Polls until `condition` holds; false after ten seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  return details;
}

// The wrong fields an error names.
inline std::vector<std::string> FieldsOf(const google::rpc::Status& status) {
  std::vector<std::string> fields;
  for (const auto& detail : status.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  }
  return fields;
}
inline std::vector<std::string> FieldsOf(const grpc::Status& status) {
  return FieldsOf(DetailsOf(status));
}

inline std::string ReasonOf(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : status.details()) detail.UnpackTo(&info);
  return info.reason();
}
inline std::string ReasonOf(const grpc::Status& status) {
  return ReasonOf(DetailsOf(status));
}

// A server over a fake node, and a caller of it.
class ControlRig {
 public:
  explicit ControlRig(const gatehouse::v1::ControlSettings& settings = LoopbackSettings()) {
    absl::StatusOr<std::unique_ptr<ControlServer>> started = ControlServer::Start(settings, node);
    EXPECT_TRUE(started.ok()) << started.status();
    if (!started.ok()) return;
    server = *std::move(started);
    channel = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
    stub = v1::ControlService::NewStub(channel);
  }

  // Calls a unary method with any bytes. What the answer holds goes to `answer` if it is given.
  grpc::Status CallBytes(const std::string& method, const std::string& bytes,
                         std::string_view key = "", google::protobuf::Message* answer = nullptr,
                         const std::function<void(grpc::ClientContext&)>& prepare = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + std::string(key));
    if (prepare) prepare(context);
    grpc::CompletionQueue queue;
    grpc::GenericStub generic(channel);
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = generic.PrepareUnaryCall(&context, "/gatehouse.v1.ControlService/" + method,
                                               request, &queue);
    call->StartCall();
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    if (status.ok() && answer != nullptr) {
      EXPECT_TRUE(ParseMessage(response, *answer).ok());
    }
    return status;
  }

  // Calls a unary method with a request in JSON.
  grpc::Status CallJson(const std::string& method, const std::string& json,
                        std::string_view key = "") {
    const auto descriptor = FindMethod(method);
    EXPECT_TRUE(descriptor.ok()) << descriptor.status();
    const auto request = FromJson(*(*descriptor)->input_type(), json);
    EXPECT_TRUE(request.ok()) << request.status() << "\n" << json;
    return CallBytes(method, (*request)->SerializeAsString(), key);
  }

  edge::FakeNodeApi node;
  std::unique_ptr<ControlServer> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::ControlService::Stub> stub;
};

// A fresh context with a deadline, so that a test that fails does not hang.
struct Context : grpc::ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20)); }
};

}  // namespace control
