// What the calls of a server leave in its metrics.
#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Calls are counted before they are answered, streams and their messages maybe a little later.
bool Shows(ControlRig& rig, const std::string& line) {
  return Eventually(
      [&] { return rig.server->Metrics().find("\n" + line + "\n") != std::string::npos; });
}

TEST(ControlMetricsTest, CountsUnaryCallsByCodeWithTheirTime) {
  ControlRig rig;
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
  EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"a"})").ok());
  EXPECT_FALSE(rig.CallJson("Kick", "{}").ok());
  EXPECT_THAT(
      rig.server->Metrics(),
      AllOf(
          HasSubstr("gatehouse_control_calls_total{method=\"GetNodes\",code=\"OK\"} 1\n"),
          HasSubstr("gatehouse_control_calls_total{method=\"Kick\",code=\"OK\"} 1\n"),
          HasSubstr("gatehouse_control_calls_total{method=\"Kick\",code=\"INVALID_ARGUMENT\"} 1\n"),
          HasSubstr("gatehouse_control_call_duration_seconds_count{method=\"Kick\"} 2\n")));
}

TEST(ControlMetricsTest, ACallThatTookLongIsInNoShortBucket) {
  ControlRig rig;
  rig.node.kick.Hold();
  const auto begin = std::chrono::steady_clock::now();
  std::thread caller([&] { EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"a"})").ok()); });
  EXPECT_TRUE(Eventually([&] {
    return rig.node.kick.count() == 1 &&
           std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(100);
  }));
  rig.node.kick.Release();
  caller.join();
  EXPECT_THAT(rig.server->Metrics(),
              HasSubstr("duration_seconds_bucket{method=\"Kick\",le=\"0.05\"} 0\n"));
}

TEST(ControlMetricsTest, CountsCallersThatAreRefused) {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  ControlRig rig(settings);
  EXPECT_FALSE(rig.CallJson("GetNodes", "{}").ok());
  EXPECT_THAT(rig.server->Metrics(),
              HasSubstr("calls_total{method=\"GetNodes\",code=\"UNAUTHENTICATED\"} 1\n"));
}

TEST(ControlMetricsTest, CountsOpenStreamsAndTheirMessages) {
  ControlRig rig;
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  v1::BroadcastStreamRequest good;
  good.mutable_broadcast()->add_rooms("a");
  good.mutable_broadcast()->set_json("1");
  v1::BroadcastStreamResponse response;
  for (const auto& request : {good, v1::BroadcastStreamRequest(), good}) {
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
  }
  EXPECT_TRUE(Shows(rig, "gatehouse_control_streams{method=\"BroadcastStream\"} 1"));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(Shows(rig, "gatehouse_control_streams{method=\"BroadcastStream\"} 0"));
  const std::string messages =
      "gatehouse_control_stream_messages_total{method=\"BroadcastStream\",";
  EXPECT_TRUE(Shows(rig, messages + "code=\"OK\"} 2"));
  EXPECT_TRUE(Shows(rig, messages + "code=\"INVALID_ARGUMENT\"} 1"));
  EXPECT_TRUE(
      Shows(rig, "gatehouse_control_calls_total{method=\"BroadcastStream\",code=\"OK\"} 1"));
}

TEST(ControlMetricsTest, CountsWatchesAndWhatTheyWrote) {
  ControlRig rig;
  Context context;
  v1::WatchPresenceRequest request;
  request.add_rooms("a");
  const auto reader = rig.stub->WatchPresence(&context, request);
  ASSERT_TRUE(Eventually([&] { return rig.node.watches().size() == 1; }));
  rig.node.watches()[0].watcher->OnPresence(std::make_shared<edge::PresenceEvent>());
  v1::WatchPresenceResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_TRUE(Shows(rig, "gatehouse_control_streams{method=\"WatchPresence\"} 1"));
  EXPECT_TRUE(Shows(
      rig, "gatehouse_control_stream_messages_total{method=\"WatchPresence\",code=\"OK\"} 1"));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::CANCELLED);
  EXPECT_TRUE(
      Shows(rig, "gatehouse_control_calls_total{method=\"WatchPresence\",code=\"CANCELLED\"} 1"));
}

}  // namespace
}  // namespace control
