// Accepting: the limit on connections, and what happens when descriptors run out.
#include "edge/transport/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/test_client.h"
#include "tests/support/test_gate.h"

namespace edge {
namespace {

using testing::HasSubstr;

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// No descriptor over those that are open now can be had while this lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit lowered = before_;
    lowered.rlim_cur = static_cast<rlim_t>(::dup(0));
    ::close(static_cast<int>(lowered.rlim_cur));
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(ListenerTest, ConnectionsOverTheLimitAreRefusedAndPermitsComeBack) {
  const TestGate gate([](TestGate::Settings s) { s.gate.max_connections = 2; });
  TestClient one(gate.address());
  TestClient two(gate.address());
  for (TestClient* client : {&one, &two}) {
    client->Send(UpgradeRequest(TestGate::Target("/ws/chat")));
    ASSERT_EQ(HttpStatusIn(client->ReadHead()), 101);
  }
  // Answered once it has asked: clients take an answer before that for a broken connection.
  TestClient three(gate.address());
  three.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  three.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  const std::string answer = three.ReadAll();
  EXPECT_EQ(HttpStatusIn(answer), 503);
  EXPECT_THAT(answer, HasSubstr("client.max_connections"));
  EXPECT_EQ(gate.connections(), 2U);
  one.Close();
  two.Reset();
  ASSERT_TRUE(Eventually([&] { return gate.connections() == 0; }));
  TestClient four(gate.address());
  four.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  EXPECT_EQ(HttpStatusIn(four.ReadHead()), 101);
}

TEST(ListenerTest, RefusedHandshakesGiveTheirPermitsBack) {
  const TestGate gate;
  for (int i = 0; i < 20; ++i) {
    TestClient client(gate.address());
    client.Send("GET /nothing HTTP/1.1\r\n\r\n");
    client.ReadAll();
  }
  EXPECT_TRUE(Eventually([&] { return gate.connections() == 0; }));
}

TEST(ListenerTest, WithoutDescriptorsItWaitsInsteadOfSpinningAndThenGoesOn) {
  const TestGate gate;
  TestClient before(gate.address());
  before.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  ASSERT_EQ(HttpStatusIn(before.ReadHead()), 101);
  TestClient waiting;
  {
    const NoMoreDescriptors none;
    waiting.Connect(gate.address());
    waiting.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
    const double cpu = CpuSeconds();
    EXPECT_FALSE(waiting.Readable(600));
    EXPECT_LT(CpuSeconds() - cpu, 0.3);
    before.SendFrame(Opcode::kPing, "");  // who is in is served
    EXPECT_EQ(before.ReadMessage()->opcode, Opcode::kPong);
  }
  EXPECT_EQ(HttpStatusIn(waiting.ReadHead()), 101);
}

TEST(OpenListenSocketsTest, GivesOnePortToAllAndRefusesATakenOne) {
  const auto sockets = OpenListenSockets("127.0.0.1:0", 3);
  ASSERT_TRUE(sockets.ok());
  EXPECT_EQ(sockets->fds.size(), 3U);
  EXPECT_THAT(sockets->address, testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  const auto taken = OpenListenSockets(sockets->address, 1);
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(taken.status().ToString(), HasSubstr("taken"));
  for (const int fd : sockets->fds) ::close(fd);
}

TEST(OpenListenSocketsTest, RefusesWhatIsNoAddress) {
  EXPECT_EQ(OpenListenSockets("nonsense", 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenListenSockets("192.0.2.1:0", 1).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace edge
