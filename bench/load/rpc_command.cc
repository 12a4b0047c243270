#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "bench/load/commands.h"
#include "bench/load/interval.h"
#include "bench/load/report.h"
#include "bench/net/event_loop.h"
#include "bench/net/fail.h"
#include "bench/net/options.h"
#include "gatehouse/v1/control.grpc.pb.h"

namespace bench {
namespace {

using gatehouse::v1::BroadcastRequest;
using gatehouse::v1::BroadcastResponse;
using gatehouse::v1::BroadcastStreamRequest;
using gatehouse::v1::BroadcastStreamResponse;
using gatehouse::v1::ControlService;

constexpr char kIntro[] =
    "load rpc: Broadcast calls into a room without members, answered by the server named by "
    "--target\n"
    "(gatehouse's control API, or bench/grpc_echo, which only answers).";

// What all callers count. Latencies are kept by each and added up at the end.
struct Count {
  std::atomic<uint64_t> answered = 0;
  std::atomic<bool> stopping = false;
};

BroadcastRequest RequestOf(const Options& options) {
  BroadcastRequest request;
  request.add_rooms(options.Text("room"));
  std::string content(static_cast<size_t>(options.Number("size")), 'x');
  if (content.size() < 2) Fail("--size must be at least 2");
  content.front() = content.back() = '"';
  request.set_json(content);
  return request;
}

// Keeps unary calls under way.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual bool ended() const = 0;
  Histogram& latency() { return latency_; }

 protected:
  Histogram latency_;
};

// One unary call after the other. The next is begun on the thread that hears of the last.
class UnaryCaller final : public Caller {
 public:
  UnaryCaller(ControlService::Stub& stub, BroadcastRequest request, Count& count)
      : stub_(stub), request_(std::move(request)), count_(count) {
    Call();
  }
  bool ended() const override { return ended_; }

 private:
  void Call() {
    context_.emplace();
    began_ = NowNanos();
    stub_.async()->Broadcast(&*context_, &request_, &response_,
                             [this](const grpc::Status& status) { OnAnswer(status); });
  }
  void OnAnswer(const grpc::Status& status) {
    if (!status.ok()) Fail("Broadcast: {}", status.error_message());
    latency_.Add(NowNanos() - began_);
    count_.answered.fetch_add(1, std::memory_order_relaxed);
    if (count_.stopping) {
      ended_ = true;
    } else {
      Call();
    }
  }

  ControlService::Stub& stub_;
  BroadcastRequest request_;
  Count& count_;
  std::optional<grpc::ClientContext> context_;
  BroadcastResponse response_;
  int64_t began_ = 0;
  std::atomic<bool> ended_ = false;
};

// Keeps `in_flight` messages under way on one stream.
class StreamCaller final
    : public Caller,
      public grpc::ClientBidiReactor<BroadcastStreamRequest, BroadcastStreamResponse> {
 public:
  StreamCaller(ControlService::Stub& stub, BroadcastRequest request, size_t in_flight, Count& count)
      : in_flight_(in_flight), count_(count) {
    *request_.mutable_broadcast() = std::move(request);
    request_.set_id("1");
    stub.async()->BroadcastStream(&context_, this);
    StartRead(&response_);
    {
      const std::lock_guard lock(mutex_);
      WriteMore();
    }
    StartCall();
  }
  bool ended() const override { return ended_; }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok) WriteMore();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_error()) Fail("BroadcastStream: {}", response_.error().message());
    count_.answered.fetch_add(1, std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      latency_.Add(NowNanos() - sent_.front());
      sent_.pop_front();
      WriteMore();
    }
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    if (!status.ok()) Fail("BroadcastStream: {}", status.error_message());
    ended_ = true;
  }

 private:
  void WriteMore() {
    if (writing_ || sent_.size() >= in_flight_) return;
    if (count_.stopping) {
      if (sent_.empty() && !half_closed_) StartWritesDone();
      half_closed_ = half_closed_ || sent_.empty();
      return;
    }
    writing_ = true;
    sent_.push_back(NowNanos());
    StartWrite(&request_);
  }

  const size_t in_flight_;
  Count& count_;
  grpc::ClientContext context_;
  BroadcastStreamRequest request_;
  BroadcastStreamResponse response_;
  std::mutex mutex_;
  std::deque<int64_t> sent_;  // when each message that has no answer yet was written
  bool writing_ = false;
  bool half_closed_ = false;
  std::atomic<bool> ended_ = false;
};

void Sleep(double seconds) {
  ::usleep(static_cast<useconds_t>(seconds * 1e6));
}

std::vector<std::unique_ptr<Caller>> StartCallers(const Options& options,
                                                  ControlService::Stub& stub, Count& count) {
  const auto in_flight = static_cast<size_t>(options.Number("in-flight"));
  std::vector<std::unique_ptr<Caller>> callers;
  if (options.Has("stream")) {
    callers.push_back(std::make_unique<StreamCaller>(stub, RequestOf(options), in_flight, count));
    return callers;
  }
  for (size_t i = 0; i < in_flight; ++i) {
    callers.push_back(std::make_unique<UnaryCaller>(stub, RequestOf(options), count));
  }
  return callers;
}

}  // namespace

int RunRpc(int argc, char** argv) {
  const Options options(
      kIntro,
      {{"target", "TARGET", "", "IP:PORT or unix:/PATH"},
       {"stream", "", "", "messages on one BroadcastStream instead of unary calls"},
       {"in-flight", "K", "64", "calls, or messages, under way"},
       {"room", "NAME", "empty", "the room"},
       {"size", "BYTES", "128", "content"},
       {"duration", "S", "5", "seconds measured"},
       {"warmup", "S", "1", "seconds before"},
       {"server-pid", "PID,PID", "", "the server's processes, whose CPU is read"},
       {"json", "", "", "print JSON instead of a table"}},
      argc, argv, 2);
  const auto stub = ControlService::NewStub(
      grpc::CreateChannel(options.Needed("target"), grpc::InsecureChannelCredentials()));
  const ProcessStat server(options.Text("server-pid"));
  Count count;
  const auto callers = StartCallers(options, *stub, count);
  Sleep(options.Real("warmup"));
  const uint64_t before = count.answered;
  Interval interval(server);
  Sleep(options.Real("duration"));
  interval.End();
  const auto answered = static_cast<double>(count.answered - before);
  count.stopping = true;
  Histogram latency;
  for (const auto& caller : callers) {
    while (!caller->ended()) Sleep(0.001);
    latency.Add(caller->latency());
  }
  Report report;
  interval.AddTo(report);
  report.Add("calls", answered);
  report.Add("calls_per_s", answered / interval.seconds());
  if (server.known()) report.Add("calls_per_cpu_s", answered / interval.cpu_seconds());
  report.Add("answer", latency);
  report.Print(options.Has("json"));
  return 0;
}

}  // namespace bench
