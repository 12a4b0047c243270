// How a call ends: once, by its answer, its deadline, its caller or the drain.
#include "control/unary_call.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::HasSubstr;

// Calls `count` times GetNodes, from as many threads, each of which the node keeps until `open`.
class BusyServer {
 public:
  BusyServer(ControlRig& rig, int count) {
    rig.node.get_nodes.OnCall([this] {
      ++inside_;
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [this] { return open_; });
    });
    for (int i = 0; i < count; ++i) {
      callers_.emplace_back([&rig] { rig.CallJson("GetNodes", "{}"); });
    }
    // gRPC runs handlers on half as many threads as there are cores, and on 2 at least, 16 at most.
    const int threads =
        std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 2, 16);
    EXPECT_TRUE(Eventually([&] { return inside_ >= threads; }));
  }
  void Open() {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    opened_.notify_all();
    for (std::thread& caller : callers_) caller.join();
  }

 private:
  std::atomic<int> inside_ = 0;
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  std::vector<std::thread> callers_;
};

TEST(UnaryCallTest, AnExpiredDeadlineChangesNothing) {
  ControlRig rig;
  // All of the server's threads are busy until the deadline of the kicks is over.
  BusyServer busy(rig, 32);
  std::vector<std::thread> kicks;
  for (int i = 0; i < 8; ++i) {
    kicks.emplace_back([&] {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
      v1::KickRequest request;
      request.set_user("a");
      v1::KickResponse response;
      EXPECT_EQ(rig.stub->Kick(&context, request, &response).error_code(), grpc::DEADLINE_EXCEEDED);
    });
  }
  for (std::thread& kick : kicks) kick.join();
  // The server counts a deadline from when the call came, and rounds it up: it ends after the
  // caller's.
  const auto over = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  EXPECT_TRUE(Eventually([&] { return std::chrono::steady_clock::now() > over; }));
  busy.Open();
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
  EXPECT_EQ(rig.node.kick.count(), 0u);
}

TEST(UnaryCallTest, ADeadlineThatPassesMeanwhileEndsTheCall) {
  ControlRig rig;
  rig.node.kick.Hold();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  v1::KickRequest request;
  request.set_user("a");
  v1::KickResponse response;
  EXPECT_EQ(rig.stub->Kick(&context, request, &response).error_code(), grpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(rig.node.kick.count(), 1u);
  // The node's answer comes late: nobody waits, nothing breaks.
  rig.node.kick.Release();
  EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"b"})").ok());
}

TEST(UnaryCallTest, WithoutADeadlineACallLastsForMaxDeadline) {
  auto settings = LoopbackSettings();
  settings.set_max_deadline(100);
  ControlRig rig(settings);
  rig.node.kick.Hold();
  const grpc::Status status =
      rig.CallBytes("Kick",
                    "\x0a\x01"
                    "a",
                    "", nullptr, [](grpc::ClientContext& context) {
                      context.set_deadline(std::chrono::system_clock::time_point::max());
                    });
  EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("control.max_deadline"));
  rig.node.kick.Release();
}

TEST(UnaryCallTest, ACallersOwnDeadlineMayBeLongerThanMaxDeadline) {
  auto settings = LoopbackSettings();
  settings.set_max_deadline(1);
  ControlRig rig(settings);
  rig.node.kick.Hold();
  std::thread release([&] {
    EXPECT_TRUE(Eventually([&] { return rig.node.kick.count() == 1; }));
    rig.node.kick.Release();
  });
  EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"a"})").ok());
  release.join();
}

TEST(UnaryCallTest, ACallersCancelEndsTheCallAndTheAnswerMayComeLate) {
  ControlRig rig;
  rig.node.kick.Hold();
  Context context;
  std::thread cancel([&] {
    EXPECT_TRUE(Eventually([&] { return rig.node.kick.count() == 1; }));
    context.TryCancel();
  });
  v1::KickRequest request;
  request.set_user("a");
  v1::KickResponse response;
  EXPECT_EQ(rig.stub->Kick(&context, request, &response).error_code(), grpc::CANCELLED);
  cancel.join();
  rig.node.kick.Release();
  EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"b"})").ok());
}

TEST(UnaryCallTest, AnAnswerThatOutlivesTheServerIsDropped) {
  edge::FakeNodeApi node;
  node.kick.Hold();
  {
    auto started = ControlServer::Start(LoopbackSettings(), node);
    ASSERT_TRUE(started.ok());
    const auto stub = v1::ControlService::NewStub(
        grpc::CreateChannel((*started)->address(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
    v1::KickRequest request;
    request.set_user("a");
    v1::KickResponse response;
    EXPECT_EQ(stub->Kick(&context, request, &response).error_code(), grpc::DEADLINE_EXCEEDED);
  }
  node.kick.Release();
}

// Answers, cancels and deadlines at once, many times: whoever comes first, each call ends once.
TEST(UnaryCallTest, AnswersAndCancelsMayRace) {
  ControlRig rig;
  std::atomic<bool> done = false;
  rig.node.kick.Hold();
  std::thread release([&] {
    while (!done) {
      rig.node.kick.Release();
      rig.node.kick.Hold();
    }
    rig.node.kick.Release();
  });
  v1::KickRequest request;
  request.set_user("a");
  for (int i = 0; i < 300; ++i) {
    Context context;
    std::thread cancel([&] { context.TryCancel(); });
    v1::KickResponse response;
    const grpc::Status status = rig.stub->Kick(&context, request, &response);
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::CANCELLED) << status.error_code();
    cancel.join();
  }
  done = true;
  release.join();
}

TEST(UnaryCallTest, ManyCallsAtOnceAreAllAnswered) {
  ControlRig rig;
  constexpr int kThreads = 4;
  constexpr int kCalls = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        Context context;
        v1::GetNodesResponse response;
        EXPECT_TRUE(rig.stub->GetNodes(&context, {}, &response).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rig.node.get_nodes.count(), size_t{kThreads * kCalls});
}

TEST(UnaryCallTest, AMethodThatThereIsNotIsUnimplemented) {
  ControlRig rig;
  EXPECT_EQ(rig.CallBytes("Nothing", "").error_code(), grpc::UNIMPLEMENTED);
}

}  // namespace
}  // namespace control
