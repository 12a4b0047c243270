#include "edge/hooks/http_hook_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include "tests/support/hook_endpoint.h"

namespace edge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kAllow[] = R"({"allow":{}})";

class HttpHookClientTest : public testing::Test {
 protected:
  std::unique_ptr<HookClient> ClientOf(const std::string& url, HttpHookSettings settings = {}) {
    settings.url = *ParseEndpointUrl(url);
    auto client = HttpHookClient::Make(io_, SystemClock(), std::move(settings));
    GATEHOUSE_CHECK(client.ok(), "a client without files is made");
    return *std::move(client);
  }
  // Asks, and runs until the answer is there.
  HookClient::Result Ask(HookClient& client, HookRequest request, int64_t millis = 5000) {
    std::optional<HookClient::Result> result;
    auto call = std::make_shared<HookCall>(HookCall{std::move(request), "00-t-p-01"});
    client.Call(call, SystemClock().MonotonicMillis() + millis,
                [&](HookClient::Result got) { result = std::move(got); });
    io_.restart();
    while (!result && io_.run_one() > 0) continue;
    GATEHOUSE_CHECK(result.has_value(), "a question ends");
    return *std::move(result);
  }

  boost::asio::io_context io_{1};
};

TEST_F(HttpHookClientTest, PostsTheQuestionToTheMethodsPath) {
  HookEndpoint::Request seen;
  HookEndpoint endpoint([&](const HookEndpoint::Request& request) {
    seen = request;
    return HookEndpoint::Ok(kAllow);
  });
  gatehouse::v1::HookServiceSettings keys;
  keys.add_signing_keys()->set_secret("a secret of the tests, long enough");
  const auto client =
      ClientOf(endpoint.url(), {.signer = *HookSigner::Load(keys), .bearer = "the-bearer"});
  gatehouse::v1::OnJoinRequest question;
  question.set_room("chat:a");
  EXPECT_EQ(Ask(*client, question).outcome, HookOutcome::kAnswered);
  EXPECT_THAT(seen.head,
              AllOf(HasSubstr("POST /hooks/OnJoin HTTP/1.1\r\n"),
                    HasSubstr("Content-Type: application/json"),
                    HasSubstr("Authorization: Bearer the-bearer"),
                    HasSubstr("traceparent: 00-t-p-01"), HasSubstr("Gatehouse-Signature: ")));
  EXPECT_EQ(seen.body, R"({"room":"chat:a"})");
}

TEST_F(HttpHookClientTest, KeepsItsConnection) {
  HookEndpoint endpoint([](const auto&) { return HookEndpoint::Ok(kAllow); });
  const auto client = ClientOf(endpoint.url());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest()).outcome, HookOutcome::kAnswered);
  }
  EXPECT_EQ(endpoint.connections(), 1U);
}

TEST_F(HttpHookClientTest, DoesNotKeepWhatTheServerEnds) {
  HookEndpoint endpoint(
      [](const auto&) { return HookEndpoint::Ok(kAllow, "Connection: close\r\n"); });
  const auto client = ClientOf(endpoint.url());
  Ask(*client, gatehouse::v1::OnRpcRequest());
  Ask(*client, gatehouse::v1::OnRpcRequest());
  EXPECT_EQ(endpoint.connections(), 2U);
}

// The second question of a connection is never answered: the connection just ends.
HookEndpoint::Answer OneAnswerForEachConnection() {
  struct Answered {
    std::mutex mutex;  // each connection has a thread
    std::vector<size_t> connections;
  };
  auto answered = std::make_shared<Answered>();
  return [answered](const HookEndpoint::Request& request) -> std::optional<std::string> {
    const std::lock_guard lock(answered->mutex);
    if (std::ranges::count(answered->connections, request.connection) > 0) return std::nullopt;
    answered->connections.push_back(request.connection);
    return HookEndpoint::Ok(kAllow);
  };
}

TEST_F(HttpHookClientTest, AKeptConnectionThatEndsIsReplacedForWhatMayBeAskedAgain) {
  HookEndpoint endpoint(OneAnswerForEachConnection());
  const auto client = ClientOf(endpoint.url());
  EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest()).outcome, HookOutcome::kAnswered);
  EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest()).outcome, HookOutcome::kAnswered);
}

TEST_F(HttpHookClientTest, WhatMayHaveBeenSeenIsNotAskedTwice) {
  HookEndpoint endpoint(OneAnswerForEachConnection());
  const auto client = ClientOf(endpoint.url());
  EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest()).outcome, HookOutcome::kAnswered);
  EXPECT_EQ(Ask(*client, gatehouse::v1::OnRpcRequest()).outcome, HookOutcome::kUnreached);
  EXPECT_EQ(endpoint.connections(), 1U);
}

TEST_F(HttpHookClientTest, NobodyListens) {
  std::string url;
  {
    url = HookEndpoint([](const auto&) { return std::nullopt; }).url();
  }
  const auto client = ClientOf(url);
  const HookClient::Result result = Ask(*client, gatehouse::v1::OnJoinRequest());
  EXPECT_EQ(result.outcome, HookOutcome::kUnreached);
  EXPECT_THAT(result.detail, HasSubstr("connect"));
}

TEST_F(HttpHookClientTest, WhatIsNoAnswerFails) {
  const std::vector<std::string> answers = {
      "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 204 No\r\n\r\n",
      "nonsense\r\n\r\n",
      HookEndpoint::Ok("not json"),
      HookEndpoint::Ok(R"({"allow":17})"),
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
  };
  size_t next = 0;
  HookEndpoint endpoint([&](const auto&) -> std::optional<std::string> { return answers[next]; });
  for (; next < answers.size(); ++next) {
    const auto client = ClientOf(endpoint.url());
    EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest(), 300).outcome, HookOutcome::kFailed)
        << answers[next];
  }
}

TEST_F(HttpHookClientTest, AnAnswerOverItsLimitFails) {
  HookEndpoint endpoint([](const auto&) { return HookEndpoint::Ok(std::string(5000, ' ')); });
  const auto client = ClientOf(endpoint.url(), {.max_answer = 4096});
  EXPECT_EQ(Ask(*client, gatehouse::v1::OnJoinRequest()).outcome, HookOutcome::kFailed);
}

TEST_F(HttpHookClientTest, TheDeadlineEndsAQuestionThatIsNotAnswered) {
  std::promise<void> ended;
  HookEndpoint endpoint([&](const auto&) -> std::optional<std::string> {
    ended.get_future().wait();
    return std::nullopt;
  });
  const auto client = ClientOf(endpoint.url());
  const int64_t began = SystemClock().MonotonicMillis();
  EXPECT_NE(Ask(*client, gatehouse::v1::OnRpcRequest(), 100).outcome, HookOutcome::kAnswered);
  EXPECT_GE(SystemClock().MonotonicMillis() - began, 100);
  ended.set_value();
}

TEST_F(HttpHookClientTest, NoSecretIsInWhatIsLogged) {
  HookEndpoint endpoint([](const auto&) { return HookEndpoint::Ok(R"({"allow":"s3cret"})"); });
  const auto client = ClientOf(endpoint.url());
  EXPECT_THAT(Ask(*client, gatehouse::v1::OnJoinRequest()).detail, Not(HasSubstr("s3cret")));
}

TEST(HttpHookClientFilesTest, AFileThatIsNoCertificateIsNamed) {
  boost::asio::io_context io(1);
  HttpHookSettings settings{.url = *ParseEndpointUrl("https://127.0.0.1:1/"),
                            .ca_file = "/dev/null"};
  const absl::Status status = HttpHookClient::Make(io, SystemClock(), std::move(settings)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/dev/null"));
}

}  // namespace
}  // namespace edge
