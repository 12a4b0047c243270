#include "control/call.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Outcome {
  absl::Status status;
  std::string printed;
};

Outcome Call(const ControlRig& rig, CallOptions options) {
  options.target = rig.server->address();
  std::ostringstream out;
  absl::Status status = RunCall(options, out);
  return {std::move(status), out.str()};
}

TEST(CallTest, PrintsTheAnswer) {
  ControlRig rig;
  rig.node.kick.Answer(edge::KickResult{2});
  const Outcome outcome = Call(rig, {.method = "Kick", .json = R"({"user":"alice"})"});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.printed, "{\n  \"kicked\": 2\n}\n");
  EXPECT_EQ(rig.node.kick.only().user, edge::UserId("alice"));
}

TEST(CallTest, TellsWhatIsWrong) {
  ControlRig rig;
  const Outcome outcome = Call(rig, {.method = "Kick", .json = R"({"user":"a","code":7})"});
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(outcome.status.message()),
              AllOf(HasSubstr("INVALID_ARGUMENT: "), HasSubstr("\n  code: is 7")));
  EXPECT_EQ(outcome.printed, "");
}

TEST(CallTest, ShowsItsKey) {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  auto& key = *settings.add_api_keys();
  key.set_name("full");
  key.set_sha256(Sha256Hex("full-key"));
  ControlRig rig(settings);
  EXPECT_EQ(Call(rig, {.method = "GetNodes"}).status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(Call(rig, {.method = "GetNodes", .key = "full-key"}).status.ok());
}

TEST(CallTest, SendsSeveralMessagesOverOneStream) {
  ControlRig rig;
  std::string json;
  for (int i = 0; i < 300; ++i) {
    json += fmt::format(R"({{"id":"m{}","broadcast":{{"rooms":["a"],"text":"x"}}}})", i);
  }
  const Outcome outcome =
      Call(rig, {.method = "BroadcastStream", .json = json, .timeout_millis = 20'000});
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.printed, AllOf(HasSubstr(R"("id": "m0")"), HasSubstr(R"("id": "m299")")));
  EXPECT_EQ(rig.node.broadcast.count(), 300u);
}

TEST(CallTest, EndsAStreamAfterAsManyAnswers) {
  ControlRig rig;
  std::thread shard([&] {
    ASSERT_TRUE(Eventually([&] { return rig.node.watches().size() == 1; }));
    const auto watcher = rig.node.watches()[0].watcher;
    for (uint64_t i = 1; i <= 3; ++i) {
      auto event = std::make_shared<edge::PresenceEvent>();
      event->sequence = i;
      event->room = edge::RoomName("a");
      watcher->OnPresence(std::move(event));
    }
  });
  const Outcome outcome = Call(rig, {.method = "WatchPresence",
                                     .json = R"({"rooms":["a"]})",
                                     .timeout_millis = 20'000,
                                     .count = 2});
  shard.join();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.printed,
              AllOf(HasSubstr(R"("sequence": "1")"), HasSubstr(R"("sequence": "2")"),
                    testing::Not(HasSubstr(R"("sequence": "3")"))));
  EXPECT_TRUE(Eventually([&] { return rig.node.watches()[0].stopped; }));
}

TEST(CallTest, HasADeadline) {
  ControlRig rig;
  rig.node.get_nodes.Hold();
  EXPECT_EQ(Call(rig, {.method = "GetNodes", .timeout_millis = 100}).status.code(),
            absl::StatusCode::kDeadlineExceeded);
  rig.node.get_nodes.Release();
}

TEST(CallTest, RefusesBadInputBeforeItCalls) {
  ControlRig rig;
  EXPECT_EQ(Call(rig, {.method = "Nothing"}).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Call(rig, {.method = "Kick", .json = "{} {}"}).status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Call(rig, {.method = "Kick", .json = R"({"who":1})"}).status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Call(rig, {.method = "GetNodes", .tls_ca_file = "/nowhere/ca.pem"}).status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(rig.node.calls(), 0u);
}

// A port of its own that nobody listens on: connections to it are refused.
class SilentPort {
 public:
  SilentPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    target_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentPort() { ::close(fd_); }
  const std::string& target() const { return target_; }

 private:
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string target_;
};

TEST(CallTest, NobodyThereIsUnavailable) {
  const SilentPort port;
  std::ostringstream out;
  const absl::Status status = RunCall({.method = "GetNodes", .target = port.target()}, out);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("UNAVAILABLE: "));
}

}  // namespace
}  // namespace control
