// Two started shards: what the rules say, while everything happens at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "edge/hub/hub.h"
#include "tests/support/hub_rig.h"
#include "tests/support/json_field.h"

namespace edge {
namespace {

// Two hubs on their own threads. A client's record is read after Stop.
class RunningHubs {
 public:
  RunningHubs() : policies_(HubRig::Policies()), pool_(2, 65536, SystemClock()) {
    context_ = {.clock = &SystemClock(), .policies = &policies_, .bans = &bans_};
    context_.settings.outbound = {.max_bytes = 64 << 20, .max_frames = 100000};
    context_.settings.messages_per_second = 0;
    for (ShardIndex i = 0; i < 2; ++i)
      hubs_.push_back(std::make_unique<Hub>(context_, pool_.at(i), metrics_[i]));
    for (ShardIndex i = 0; i < 2; ++i) pool_.at(i).Start(*hubs_[i], *hubs_[i]);
  }
  ~RunningHubs() {
    Stop();
    const ScopedShardThread on_shard;
    for (const auto& hub : hubs_) hub->Clear();
  }
  void Stop() { pool_.StopAll(); }

  // Runs `task` on the shard, again until its mailbox takes it.
  void On(ShardIndex shard, const std::function<void(Hub&)>& task) {
    while (!pool_.at(shard).PostExternal([task](Hub& hub) { task(hub); }))
      std::this_thread::yield();
  }
  // Returns when what was asked before is done on both shards, there and back: a few times from
  // each to the other and back again, behind everything that is under way between them.
  void Settle() {
    for (int round = 0; round < 6; ++round) {
      for (ShardIndex i = 0; i < 2; ++i) {
        while (!GoRound(i)) {
        }
      }
    }
  }
  // False: a mailbox was full.
  bool GoRound(ShardIndex from) {
    const auto to = static_cast<ShardIndex>(1 - from);
    std::promise<bool> done;
    On(from, [&done, from, to](Hub& hub) {
      const bool posted = hub.shard().Post(to, [&done, from](Hub& other) {
        const bool back = other.shard().Post(from, [&done](Hub&) { done.set_value(true); });
        if (!back) done.set_value(false);
      });
      if (!posted) done.set_value(false);
    });
    return done.get_future().get();
  }
  ShardIndex HomeOf(const std::string& room) const { return pool_.HomeOf(room); }
  const ShardMetrics& metrics(ShardIndex shard) const { return metrics_[shard]; }

  HubRig::Connection Connect(ShardIndex shard, const std::string& user, const std::string& room) {
    auto connection = std::make_shared<RecordedConnection>();
    On(shard, [connection, user, room](Hub& hub) {
      kOnShard.AssertHeld();
      auto grants = std::make_shared<Grants>();
      grants->join = *RoomPatterns::Parse({"*"});
      grants->publish = *RoomPatterns::Parse({"*"});
      Admission admission;
      admission.transport = std::make_unique<RecordingTransport>(connection);
      admission.identity = {.user = UserId(user), .grants = std::move(grants)};
      admission.rooms.push_back({RoomName(room), {}});
      admission.protocol = &PlainProtocol();
      hub.Admit(std::move(admission));
    });
    return connection;
  }
  void Say(ShardIndex shard, const HubRig::Connection& connection, const std::string& json) {
    On(shard, [connection, json](Hub& hub) {
      kOnShard.AssertHeld();
      if (!connection->destroyed && connection->opened)
        hub.OnMessage(*connection->session, true, json);
    });
  }

 private:
  RoomPolicies policies_;
  BanList bans_;
  HubContext context_;
  ShardPool pool_;
  ShardMetrics metrics_[2];
  std::vector<std::unique_ptr<Hub>> hubs_;
};

TEST(HubThreadsTest, MembersOnTwoShardsSeeOneOrderOfTwoPublishers) {
  RunningHubs hubs;
  const std::string room = "chat";
  const auto zero = hubs.Connect(0, "zero", room);
  const auto one = hubs.Connect(1, "one", room);
  hubs.Settle();
  constexpr int kEach = 500;
  std::thread other([&] {
    for (int i = 0; i < kEach; ++i) hubs.Say(1, one, "{\"content\":1}");
  });
  for (int i = 0; i < kEach; ++i) hubs.Say(0, zero, "{\"content\":0}");
  other.join();
  hubs.Settle();
  hubs.Stop();
  EXPECT_EQ(zero->Texts().size(), 2U * kEach);
  EXPECT_EQ(zero->Texts(), one->Texts());
}

// Whoever joins, leaves and joins again gets every publication between its join's offset and its
// leave, each once.
TEST(HubThreadsTest, ChurnMissesAndDoublesNothing) {
  RunningHubs hubs;
  const std::string room = "chat";
  const auto anchor = hubs.Connect(0, "anchor", room);
  const auto churner =
      hubs.Connect(static_cast<ShardIndex>(1 - hubs.HomeOf(room)), "churner", room);
  hubs.Settle();
  const auto churners_shard = static_cast<ShardIndex>(1 - hubs.HomeOf(room));
  std::thread publisher([&] {
    for (int i = 0; i < 2000; ++i) hubs.Say(0, anchor, "{\"content\":0}");
  });
  for (int i = 0; i < 100; ++i) {
    hubs.Say(churners_shard, churner, R"({"type":"leave","room":"chat"})");
    hubs.Say(churners_shard, churner, R"({"type":"join","room":"chat"})");
  }
  publisher.join();
  hubs.Settle();
  hubs.Stop();
  uint64_t last = 0;
  bool in = true;
  for (const std::string& text : churner->Texts()) {
    const std::string type = JsonField(text, "type");
    if (type == "\"leave\"") in = false;
    if (type == "\"join\"") {
      in = true;
      last = JsonNumber(text, "offset");
    }
    if (!type.empty()) continue;
    EXPECT_TRUE(in);
    if (last != 0) {
      EXPECT_EQ(JsonNumber(text, "offset"), last + 1);
    }
    last = JsonNumber(text, "offset");
  }
  EXPECT_EQ(churner->CloseCode(), 0);
  // A publication that a full mailbox refused has got no offset: nobody missed it.
  const int64_t accepted =
      hubs.metrics(0).publications.value() + hubs.metrics(1).publications.value();
  EXPECT_GT(accepted, 100);
  EXPECT_EQ(last, static_cast<uint64_t>(accepted));
}

TEST(HubThreadsTest, SessionsThatComeAndGoLeaveNothingBehind) {
  RunningHubs hubs;
  const auto rooms = [](int i) { return "room" + std::to_string(i % 7); };
  const auto churn = [&](ShardIndex shard) {
    for (int i = 0; i < 300; ++i) {
      const auto connection = hubs.Connect(shard, "user" + std::to_string(i % 5), rooms(i));
      hubs.On(shard, [connection, i](Hub& hub) {
        kOnShard.AssertHeld();
        if (connection->destroyed || connection->refused) return;
        if (i % 2 == 0 && connection->opened) return hub.OnDisconnected(*connection->session);
        hub.Close(*connection->session, 3503, "", LeaveReason::kKicked, Hub::CloseMode::kNow);
      });
    }
  };
  std::thread other([&] { churn(1); });
  churn(0);
  other.join();
  hubs.Settle();
  hubs.Stop();
  for (const ShardIndex shard : {0, 1}) {
    EXPECT_EQ(hubs.metrics(shard).sessions.value(), 0);
    EXPECT_EQ(hubs.metrics(shard).users.value(), 0);
    EXPECT_EQ(hubs.metrics(shard).rooms.value(), 0);
    EXPECT_EQ(hubs.metrics(shard).memberships.value(), 0);
    EXPECT_EQ(hubs.metrics(shard).sessions_closed.value(), 300);
  }
}

}  // namespace
}  // namespace edge
