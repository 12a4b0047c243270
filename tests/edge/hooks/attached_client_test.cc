#include "edge/hooks/attached_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/fake_clock.h"

namespace edge {
namespace {

using gatehouse::v1::AttachAnswer;
using gatehouse::v1::AttachResponse;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A worker's stream: keeps what is sent.
class RecordingStream final : public WorkerStream {
 public:
  void Send(const AttachResponse& message) override { sent.push_back(message); }
  void End(const absl::Status& status) override { ended = status; }

  // The questions it was sent.
  std::vector<uint64_t> Questions() const {
    std::vector<uint64_t> ids;
    for (const AttachResponse& each : sent) {
      if (each.has_question()) ids.push_back(each.question().id());
    }
    return ids;
  }

  std::vector<AttachResponse> sent;
  std::optional<absl::Status> ended;
};

class AttachedClientTest : public testing::Test {
 protected:
  static constexpr size_t kMaxAnswer = 1000;
  struct Attached {
    std::shared_ptr<RecordingStream> stream = std::make_shared<RecordingStream>();
    std::unique_ptr<AttachedWorker> worker;
  };

  static AttachedClient::Options Options() {
    AttachedClient::Options options;
    options.service = "app";
    options.max_answer = kMaxAnswer;
    return options;
  }
  void Run() {
    io_.restart();
    io_.poll();
  }
  Attached Attach(uint32_t max_in_flight = 4) {
    Attached one;
    auto worker = client_->Attach({"app", "w", max_in_flight}, one.stream);
    EXPECT_TRUE(worker.ok()) << worker.status();
    if (worker.ok()) one.worker = *std::move(worker);
    Run();
    return one;
  }
  template <typename Request>
  void Ask(Request request) {
    auto call = std::make_shared<HookCall>(HookCall{std::move(request), "00-trace"});
    const size_t index = results_.size();
    results_.emplace_back();
    const auto returned = std::make_shared<bool>(false);
    client_->Call(std::move(call), clock_.MonotonicMillis() + 1000,
                  [this, index, returned](HookClient::Result result) {
                    EXPECT_TRUE(*returned);
                    results_[index] = std::move(result);
                  });
    *returned = true;
    Run();
  }
  void AskJoin(const std::string& room = "a") {
    gatehouse::v1::OnJoinRequest request;
    request.set_room(room);
    Ask(std::move(request));
  }
  static AttachAnswer Allow(uint64_t question) {
    AttachAnswer answer;
    answer.set_question(question);
    answer.mutable_on_join()->mutable_allow();
    return answer;
  }
  void Answer(Attached& one, AttachAnswer answer) {
    EXPECT_TRUE(one.worker->Answer(std::move(answer)).ok());
    Run();
  }

  boost::asio::io_context io_{1};
  FakeClock clock_;
  std::unique_ptr<AttachedClient> client_ =
      std::make_unique<AttachedClient>(io_, clock_, Options());
  std::vector<std::optional<HookClient::Result>> results_;
};

TEST_F(AttachedClientTest, AWorkerIsWelcomedAskedAndHeard) {
  Attached one = Attach(3);
  ASSERT_THAT(one.stream->sent, SizeIs(1));
  EXPECT_EQ(one.stream->sent[0].welcome().max_in_flight(), 3U);
  EXPECT_EQ(one.stream->sent[0].welcome().max_answer_size(), kMaxAnswer);
  AskJoin("chat:1");
  ASSERT_THAT(one.stream->sent, SizeIs(2));
  const auto& question = one.stream->sent[1].question();
  EXPECT_EQ(question.on_join().room(), "chat:1");
  EXPECT_EQ(question.traceparent(), "00-trace");
  EXPECT_EQ(question.millis_left(), 1000U);
  Answer(one, Allow(question.id()));
  ASSERT_TRUE(results_[0].has_value());
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kAnswered);
  EXPECT_TRUE(std::get<gatehouse::v1::OnJoinResponse>(results_[0]->response).has_allow());
}

TEST_F(AttachedClientTest, EveryKindOfQuestionHasItsAnswer) {
  Attached one = Attach(6);
  Ask(gatehouse::v1::OnConnectRequest());
  Ask(gatehouse::v1::OnRefreshRequest());
  Ask(gatehouse::v1::OnJoinRequest());
  Ask(gatehouse::v1::OnMessageRequest());
  Ask(gatehouse::v1::OnRpcRequest());
  Ask(gatehouse::v1::OnEventsRequest());
  ASSERT_THAT(one.stream->Questions(), SizeIs(6));
  for (size_t i = 0; i < 6; ++i) {
    const auto& question = one.stream->sent[i + 1].question();
    // The fields of both messages have the same numbers.
    AttachAnswer answer;
    answer.set_question(question.id());
    const auto* field =
        answer.GetDescriptor()->FindFieldByNumber(static_cast<int>(question.request_case()));
    ASSERT_NE(field, nullptr);
    answer.GetReflection()->MutableMessage(&answer, field);
    Answer(one, answer);
    ASSERT_TRUE(results_[i].has_value()) << i;
    EXPECT_EQ(results_[i]->outcome, HookOutcome::kAnswered) << i;
    EXPECT_EQ(results_[i]->response.index(), i);
  }
}

TEST_F(AttachedClientTest, AnAnswerOfAnotherKindOrNoneIsAFailure) {
  Attached one = Attach();
  AskJoin();
  AskJoin();
  AttachAnswer other;
  other.set_question(one.stream->Questions()[0]);
  other.mutable_on_rpc();
  Answer(one, other);
  AttachAnswer none;
  none.set_question(one.stream->Questions()[1]);
  Answer(one, none);
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kFailed);
  EXPECT_EQ(results_[1]->outcome, HookOutcome::kFailed);
  EXPECT_FALSE(one.stream->ended.has_value());
}

TEST_F(AttachedClientTest, AnAnswerOverItsLimitIsAFailure) {
  Attached one = Attach();
  AskJoin();
  AttachAnswer answer = Allow(one.stream->Questions()[0]);
  answer.mutable_on_join()->set_state(std::string(kMaxAnswer, 's'));
  Answer(one, answer);
  ASSERT_TRUE(results_[0].has_value());
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kFailed);
}

TEST_F(AttachedClientTest, WithoutAWorkerThereIsNobody) {
  AskJoin();
  ASSERT_TRUE(results_[0].has_value());
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kNobody);
}

TEST_F(AttachedClientTest, WhatALostWorkerHadGoesToTheNext) {
  Attached one = Attach();
  AskJoin();
  Ask(gatehouse::v1::OnRpcRequest());
  Attached two = Attach();
  EXPECT_EQ(client_->workers(), 2U);
  one.worker.reset();
  Run();
  EXPECT_EQ(client_->workers(), 1U);
  ASSERT_TRUE(results_[1].has_value());
  EXPECT_EQ(results_[1]->outcome, HookOutcome::kUnreached);
  ASSERT_THAT(two.stream->Questions(), SizeIs(1));
  Answer(two, Allow(two.stream->Questions()[0]));
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kAnswered);
}

TEST_F(AttachedClientTest, AnswersToWhatWasNotAskedEndTheStream) {
  Attached one = Attach(1);
  AskJoin();
  Answer(one, Allow(77));
  ASSERT_TRUE(one.stream->ended.has_value());
  EXPECT_EQ(one.stream->ended->code(), absl::StatusCode::kInvalidArgument);
  // It is not asked any more, and what it had fails.
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kUnreached);
  AskJoin();
  EXPECT_EQ(results_[1]->outcome, HookOutcome::kNobody);
}

TEST_F(AttachedClientTest, MoreAnswersThanItTakesQuestionsAreRefused) {
  Attached one = Attach(2);
  EXPECT_TRUE(one.worker->Answer(Allow(1)).ok());
  EXPECT_TRUE(one.worker->Answer(Allow(2)).ok());
  EXPECT_EQ(one.worker->Answer(Allow(3)).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AttachedClientTest, OneThatLeavesEndsWell) {
  Attached one = Attach();
  AskJoin();
  one.worker->Leave();
  Run();
  EXPECT_FALSE(one.stream->ended.has_value());
  AskJoin();
  EXPECT_EQ(results_[1]->outcome, HookOutcome::kNobody);
  Answer(one, Allow(one.stream->Questions()[0]));
  EXPECT_EQ(results_[0]->outcome, HookOutcome::kAnswered);
  ASSERT_TRUE(one.stream->ended.has_value());
  EXPECT_TRUE(one.stream->ended->ok());
}

TEST_F(AttachedClientTest, ThereAreOnlySoManyWorkers) {
  std::vector<Attached> all;
  for (uint32_t i = 0; i < AttachedClient::kMaxWorkers; ++i) all.push_back(Attach());
  const auto stream = std::make_shared<RecordingStream>();
  EXPECT_EQ(client_->Attach({"app", "w", 1}, stream).status().code(),
            absl::StatusCode::kResourceExhausted);
  all.pop_back();
  EXPECT_TRUE(client_->Attach({"app", "w", 1}, stream).ok());
  Run();
}

TEST_F(AttachedClientTest, TellsThatAWorkerCame) {
  int came = 0;
  client_->OnAttached([&] { ++came; });
  const Attached one = Attach();
  EXPECT_EQ(came, 1);
}

}  // namespace
}  // namespace edge
