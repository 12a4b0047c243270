#include "edge/metrics/call_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace edge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kMethods[] = {"Ask", "Tell", "Listen"};
constexpr size_t kAsk = 0;
constexpr size_t kListen = 2;
constexpr int kOk = 0;
constexpr int kUnavailable = 14;

struct CallMetricsTest : testing::Test {
  CallMetrics metrics{kMethods, kListen};
};

TEST_F(CallMetricsTest, ShowsEveryMethodBeforeAnythingHappened) {
  const std::string text = metrics.Expose();
  for (const char* line :
       {"gatehouse_control_calls_total{method=\"Ask\",code=\"OK\"} 0\n",
        "gatehouse_control_calls_total{method=\"Tell\",code=\"OK\"} 0\n",
        "gatehouse_control_call_duration_seconds_count{method=\"Tell\"} 0\n",
        "gatehouse_control_streams{method=\"Listen\"} 0\n",
        "gatehouse_control_stream_messages_total{method=\"Listen\",code=\"OK\"} 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(CallMetricsTest, ShowsEachFamilyOnce) {
  const std::string text = metrics.Expose();
  for (const char* type :
       {"gatehouse_control_calls_total counter",
        "gatehouse_control_call_duration_seconds histogram", "gatehouse_control_streams gauge",
        "gatehouse_control_stream_messages_total counter"}) {
    const std::string line = std::string("# TYPE ") + type + "\n";
    const size_t at = text.find(line);
    ASSERT_NE(at, std::string::npos) << line;
    EXPECT_EQ(text.find(line, at + 1), std::string::npos) << line;
  }
}

TEST_F(CallMetricsTest, CountsCallsByMethodAndCode) {
  metrics.CallEnded(kAsk, kOk, 1);
  metrics.CallEnded(kAsk, kOk, 1);
  metrics.CallEnded(kAsk, kUnavailable, 1);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, AllOf(HasSubstr("calls_total{method=\"Ask\",code=\"OK\"} 2\n"),
                          HasSubstr("calls_total{method=\"Ask\",code=\"UNAVAILABLE\"} 1\n"),
                          HasSubstr("calls_total{method=\"Tell\",code=\"OK\"} 0\n"),
                          Not(HasSubstr("method=\"Tell\",code=\"UNAVAILABLE\""))));
}

TEST_F(CallMetricsTest, ACodeThatGrpcDoesNotHaveIsUnknown) {
  metrics.CallEnded(kAsk, 17, 1);
  metrics.CallEnded(kAsk, -1, 1);
  EXPECT_THAT(metrics.Expose(), HasSubstr("calls_total{method=\"Ask\",code=\"UNKNOWN\"} 2\n"));
}

TEST_F(CallMetricsTest, PutsDurationsIntoCumulativeBuckets) {
  metrics.CallEnded(kAsk, kOk, 100);        // the bound belongs to its bucket
  metrics.CallEnded(kAsk, kOk, 101);        // the next
  metrics.CallEnded(kAsk, kOk, 2'000'000);  // over all of them
  const std::string text = metrics.Expose();
  const std::string name = "gatehouse_control_call_duration_seconds";
  EXPECT_THAT(text, AllOf(HasSubstr(name + "_bucket{method=\"Ask\",le=\"0.0001\"} 1\n"),
                          HasSubstr(name + "_bucket{method=\"Ask\",le=\"0.00025\"} 2\n"),
                          HasSubstr(name + "_bucket{method=\"Ask\",le=\"1\"} 2\n"),
                          HasSubstr(name + "_bucket{method=\"Ask\",le=\"+Inf\"} 3\n"),
                          HasSubstr(name + "_sum{method=\"Ask\"} 2.000201\n"),
                          HasSubstr(name + "_count{method=\"Ask\"} 3\n")));
}

TEST_F(CallMetricsTest, StreamsHaveNoDuration) {
  EXPECT_THAT(metrics.Expose(), Not(HasSubstr("duration_seconds_count{method=\"Listen\"}")));
}

TEST_F(CallMetricsTest, CountsStreamsWhileTheyAreOpenAndWhenTheyEnd) {
  metrics.StreamBegan(kListen);
  metrics.StreamBegan(kListen);
  metrics.StreamEnded(kListen, kUnavailable);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, AllOf(HasSubstr("gatehouse_control_streams{method=\"Listen\"} 1\n"),
                          HasSubstr("calls_total{method=\"Listen\",code=\"UNAVAILABLE\"} 1\n")));
}

TEST_F(CallMetricsTest, CountsMessagesByCode) {
  metrics.MessageDone(kListen, kOk);
  metrics.MessageDone(kListen, kUnavailable);
  metrics.MessageDone(kListen, kUnavailable);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, AllOf(HasSubstr("messages_total{method=\"Listen\",code=\"OK\"} 1\n"),
                          HasSubstr("messages_total{method=\"Listen\",code=\"UNAVAILABLE\"} 2\n")));
}

TEST_F(CallMetricsTest, AnyThreadMayCount) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) metrics.CallEnded(kAsk, kOk, 10);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Expose(), AllOf(HasSubstr("calls_total{method=\"Ask\",code=\"OK\"} 4000\n"),
                                      HasSubstr("_count{method=\"Ask\"} 4000\n")));
}

}  // namespace
}  // namespace edge
