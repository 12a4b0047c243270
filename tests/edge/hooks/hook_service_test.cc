#include "edge/hooks/hook_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace edge {
namespace {

using testing::HasSubstr;

// An endpoint that answers when the test says so.
class HeldClient final : public HookClient {
 public:
  explicit HeldClient(std::vector<Done>& open) : open_(open) {}
  void Call(std::shared_ptr<const HookCall>, int64_t, Done done) override {
    open_.push_back(std::move(done));
  }

 private:
  std::vector<Done>& open_;
};

class HookServiceTest : public testing::Test {
 protected:
  HookServiceTest() {
    std::vector<std::unique_ptr<HookClient>> clients;
    clients.push_back(std::make_unique<HeldClient>(open_));
    HookService::Options options{.name = "app",
                                 .gate = {.max_concurrent = 2, .max_waiting = 1},
                                 .answer = {},
                                 .endpoints = {"http://app"}};
    service_ = std::make_unique<HookService>(io_, clock_, metrics_, std::move(options),
                                             std::move(clients));
  }
  void Ask() {
    ASSERT_TRUE(service_->TakePlace(HookMethod::kJoin));
    auto call = std::make_shared<HookCall>(HookCall{gatehouse::v1::OnJoinRequest(), ""});
    service_->Ask(call, [this](HookAnswer answer) { answers_.push_back(std::move(answer)); });
  }
  void Answer(size_t index, HookClient::Result result) {
    std::move(open_[index])(std::move(result));
  }
  static HookClient::Result Allow() {
    gatehouse::v1::OnJoinResponse response;
    response.mutable_allow();
    return {.outcome = HookOutcome::kAnswered, .response = response};
  }

  boost::asio::io_context io_{1};
  FakeClock clock_;
  HookMetrics metrics_;
  std::vector<HookClient::Done> open_;
  std::vector<HookAnswer> answers_;
  std::unique_ptr<HookService> service_;
};

TEST_F(HookServiceTest, PassesAnAnswerOn) {
  Ask();
  Answer(0, Allow());
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_TRUE(answers_[0].status.ok());
  EXPECT_THAT(metrics_.Expose(0), HasSubstr("{hook=\"OnJoin\",outcome=\"answered\"} 1"));
}

TEST_F(HookServiceTest, AnAnswerThatBreaksARuleIsNone) {
  Ask();
  Answer(0, {.outcome = HookOutcome::kAnswered, .response = gatehouse::v1::OnJoinResponse()});
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(metrics_.Expose(0), HasSubstr("{hook=\"OnJoin\",outcome=\"bad_answer\"} 1"));
}

TEST_F(HookServiceTest, ThereAreAsManyPlacesAsMayBeOpen) {
  for (int i = 0; i < 3; ++i) Ask();
  EXPECT_FALSE(service_->TakePlace(HookMethod::kJoin));
  EXPECT_EQ(service_->open(), 3U);
  EXPECT_EQ(open_.size(), 2U);
  Answer(0, Allow());
  EXPECT_EQ(open_.size(), 3U);
  EXPECT_TRUE(service_->TakePlace(HookMethod::kJoin));
}

TEST_F(HookServiceTest, EveryFailureGivesItsPlaceBack) {
  for (int i = 0; i < 5; ++i) {
    Ask();
    Answer(open_.size() - 1, {.outcome = HookOutcome::kUnreached});
  }
  EXPECT_EQ(service_->open(), 0U);
  EXPECT_EQ(service_->breakers(), 1U);
  Ask();
  EXPECT_EQ(answers_.size(), 6U);
  EXPECT_EQ(open_.size(), 5U);
  EXPECT_THAT(metrics_.Expose(0), HasSubstr("{hook=\"OnJoin\",outcome=\"no_endpoint\"} 1"));
}

}  // namespace
}  // namespace edge
