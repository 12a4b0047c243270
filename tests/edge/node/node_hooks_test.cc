// Hooks through a whole node: real clients, and an application on a real port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>

#include "tests/support/hook_endpoint.h"
#include "tests/support/node_fixture.h"

namespace edge {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Says yes to everything, at once or when the test says so, and keeps what it was asked.
class Application {
 public:
  Application() : endpoint_([this](const HookEndpoint::Request& request) { return On(request); }) {}
  ~Application() { Release(); }

  std::string url() const { return endpoint_.url(); }
  // Questions from now on wait for Release.
  void Hold() {
    const std::lock_guard lock(mutex_);
    release_ = std::promise<void>();
    released_ = release_.get_future();
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    if (released_.valid()) release_.set_value();
    released_ = {};
  }
  std::vector<std::string> Rooms() const {
    const std::lock_guard lock(mutex_);
    return rooms_;
  }
  std::vector<std::string> Contents() const {
    const std::lock_guard lock(mutex_);
    return contents_;
  }
  size_t asked() const { return asked_; }

 private:
  std::optional<std::string> On(const HookEndpoint::Request& request) {
    std::shared_future<void> released;
    {
      const std::lock_guard lock(mutex_);
      released = released_;
      contents_.push_back(JsonField(JsonField(request.body, "payload"), "json"));
      rooms_.push_back(JsonField(request.body, "room"));
    }
    ++asked_;
    if (released.valid()) released.wait();
    if (request.method == "OnMessage") return HookEndpoint::Ok(R"({"accept":{}})");
    return HookEndpoint::Ok(
        R"({"allow":{"user":"carol","grants":{"join":["*"],"publish":["*"]}}})");
  }

  mutable std::mutex mutex_;
  std::promise<void> release_;
  std::shared_future<void> released_;  // not valid: answers at once
  std::vector<std::string> rooms_;
  std::vector<std::string> contents_;
  std::atomic<size_t> asked_ = 0;
  HookEndpoint endpoint_;
};

class NodeHooksTest : public testing::Test {
 protected:
  void Start(std::initializer_list<const char*> hooks) {
    node_ = std::make_unique<TestNode>(2, [&](gatehouse::v1::Config& config) {
      auto& service = *config.mutable_hooks()->add_services();
      SetDefaults(service);
      service.set_name("app");
      service.set_timeout(20000);
      service.add_endpoints(app_.url());
      for (const char* const hook : hooks) {
        auto& rule = *config.mutable_hooks()->add_rules();
        SetDefaults(rule);
        rule.set_hook(hook);
        rule.set_service("app");
      }
      config.mutable_client()->set_messages_per_second(0);
    });
  }
  TestNode& node() { return *node_; }

  Application app_;
  std::unique_ptr<TestNode> node_;
};

TEST_F(NodeHooksTest, WhatComesBehindAQuestionWaitsForItsAnswer) {
  Start({"message"});
  TestNode::Member alice = node().Join("alice", "chat:a");
  app_.Hold();
  // One segment: a question, then what would overtake it, then another question.
  std::string bytes;
  for (const char* const text : {R"({"content":1})", R"({"type":"ping"})", R"({"content":2})"}) {
    bytes += MakeMaskedFrame(Opcode::kText, text, 0x1badcafe, true);
  }
  alice.client.Send(bytes);
  ASSERT_TRUE(Eventually([&] { return app_.asked() == 1; }));
  EXPECT_FALSE(alice.client.Readable(50));
  app_.Release();
  // The messages come by their room's shard, the pong does not.
  std::string all;
  for (int i = 0; i < 3; ++i) all += alice.client.ReadText();
  EXPECT_THAT(all,
              AllOf(HasSubstr(R"("content":1)"), HasSubstr("pong"), HasSubstr(R"("content":2)")));
  alice.client.Send(MakeMaskedFrame(Opcode::kClose, std::string("\x03\xe8", 2), 0x1badcafe, true));
  EXPECT_EQ(alice.client.ReadClose().first, 1000);
  EXPECT_EQ(app_.Contents().size(), 2U);
}

TEST_F(NodeHooksTest, ManyMessagesInOneReadAreAskedAboutInTheirOrder) {
  Start({"message"});
  TestNode::Member alice = node().Join("alice", "chat:a");
  std::string bytes;
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    bytes += MakeMaskedFrame(Opcode::kText, "{\"content\":" + std::to_string(i) + "}", 7, true);
    expected.push_back("\"" + std::to_string(i) + "\"");
  }
  alice.client.Send(bytes);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(JsonField(alice.client.ReadText(), "content"), std::to_string(i));
  }
  EXPECT_EQ(app_.Contents(), expected);
}

TEST_F(NodeHooksTest, AClientThatIsResetDuringItsQuestionIsNoticed) {
  Start({"message"});
  TestNode::Member alice = node().Join("alice", "chat:a");
  app_.Hold();
  alice.client.Say(R"({"content":1})");
  ASSERT_TRUE(Eventually([&] { return app_.asked() == 1; }));
  alice.client.Reset();
  EXPECT_TRUE(Eventually([&] { return !node().Has(alice.id); }));
  app_.Release();
  EXPECT_TRUE(Eventually([&] { return node().Metric("gatehouse_sessions") == 0; }));
}

TEST_F(NodeHooksTest, AKickDuringAQuestionClosesAtOnce) {
  Start({"message"});
  TestNode::Member alice = node().Join("alice", "chat:a");
  TestNode::Member bob = node().Join("bob", "chat:a");
  app_.Hold();
  alice.client.Say(R"({"content":1})");
  ASSERT_TRUE(Eventually([&] { return app_.asked() == 1; }));
  EXPECT_EQ(node().Kick({.user = UserId("alice")})->kicked, 1U);
  EXPECT_EQ(alice.client.ReadClose().first, 3503);
  app_.Release();
  // The client's own Close is read, though it came while reading had paused.
  alice.client.SendClose(1000);
  EXPECT_EQ(alice.client.ReadAll(), "");
  bob.client.Say(R"({"content":2})");
  EXPECT_EQ(JsonField(bob.client.ReadText(), "content"), "2");
}

TEST_F(NodeHooksTest, RoomsOfTheUrlAreAskedAboutBeforeTheUpgrade) {
  Start({"connect", "join"});
  TestClient client(node()->client_address());
  client.Send(UpgradeRequest("/ws?room=chat:a&room=chat:b&welcome=1"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  EXPECT_EQ(JsonField(client.ReadText(), "user"), "\"carol\"");
  EXPECT_THAT(app_.Rooms(), testing::UnorderedElementsAre("", "\"chat:a\"", "\"chat:b\""));
}

TEST_F(NodeHooksTest, ANodeThatEndsWithOpenQuestionsLeavesNothing) {
  Start({"connect", "message"});
  TestClient connecting(node()->client_address());
  TestNode::Member member = node().Join("alice", "chat:a");
  app_.Hold();
  member.client.Say(R"({"content":1})");
  connecting.Send(UpgradeRequest("/ws/chat:a"));
  ASSERT_TRUE(Eventually([&] { return app_.asked() == 3; }));
  node_.reset();
  EXPECT_EQ(connecting.ReadHead(), "");
}

TEST_F(NodeHooksTest, ItsMetricsAreShown) {
  Start({"connect"});
  node().Join("alice", "chat:a");
  EXPECT_THAT(node()->Metrics(),
              HasSubstr("gatehouse_hook_calls_total{hook=\"OnConnect\",outcome=\"answered\"} 1\n"));
}

}  // namespace
}  // namespace edge
