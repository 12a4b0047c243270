// A bare gRPC server: the control API's Broadcast and BroadcastStream, answered at once. What it
// carries is what gRPC, HTTP/2 and Protobuf allow for these messages.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <mutex>

#include "bench/net/fail.h"
#include "bench/net/options.h"
#include "gatehouse/v1/control.grpc.pb.h"

namespace bench {
namespace {

using gatehouse::v1::BroadcastRequest;
using gatehouse::v1::BroadcastResponse;
using gatehouse::v1::BroadcastStreamRequest;
using gatehouse::v1::BroadcastStreamResponse;

// Reads on while it answers; one write is under way at a time.
class EchoStream final
    : public grpc::ServerBidiReactor<BroadcastStreamRequest, BroadcastStreamResponse> {
 public:
  EchoStream() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const std::lock_guard lock(mutex_);
      reading_ended_ = true;
      FinishIfDone();
      return;
    }
    BroadcastStreamResponse response;
    response.set_id(request_.id());
    for (const std::string& room : request_.broadcast().rooms()) {
      response.add_results()->set_room(room);
    }
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(response));
      if (waiting_.size() == 1) StartWrite(&waiting_.front());
    }
    StartRead(&request_);
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (ok) {
      waiting_.pop_front();
    } else {
      waiting_.clear();
    }
    if (!waiting_.empty()) return StartWrite(&waiting_.front());
    FinishIfDone();
  }
  void OnDone() override { delete this; }

 private:
  void FinishIfDone() {
    if (reading_ended_ && waiting_.empty() && !finished_) {
      finished_ = true;
      Finish(grpc::Status::OK);
    }
  }

  BroadcastStreamRequest request_;
  std::mutex mutex_;
  std::deque<BroadcastStreamResponse> waiting_;
  bool reading_ended_ = false;
  bool finished_ = false;
};

class EchoService final : public gatehouse::v1::ControlService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Broadcast(grpc::CallbackServerContext* context,
                                      const BroadcastRequest* request,
                                      BroadcastResponse* response) override {
    for (const std::string& room : request->rooms()) response->add_results()->set_room(room);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<BroadcastStreamRequest, BroadcastStreamResponse>* BroadcastStream(
      grpc::CallbackServerContext*) override {
    return new EchoStream;
  }
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Options options(
      "grpc_echo: answers Broadcast and BroadcastStream, and does nothing.",
      {{"listen", "IP:PORT", "127.0.0.1:0", "where to listen"}}, argc, argv, 1);
  const std::string listen = options.Text("listen");
  bench::EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) bench::Fail("cannot listen on {}", listen);
  fmt::print("{{\"event\":\"ready\",\"control\":\"{}:{}\",\"pid\":{}}}\n",
             listen.substr(0, listen.rfind(':')), port, ::getpid());
  std::fflush(stdout);
  server->Wait();
}
