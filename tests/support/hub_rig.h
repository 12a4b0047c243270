#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/base/shard_thread.h"
#include "edge/hub/hub.h"
#include "edge/metrics/metrics.h"
#include "edge/shard/shard_pool.h"
#include "tests/support/fake_clock.h"
#include "tests/support/recording_transport.h"
#include "tests/support/test_tokens.h"

namespace edge {

// Hubs whose shards are not started: the test turns them on its own thread, so that every order of
// events can be had. Time stands still but for Advance.
class HubRig {
 public:
  using Connection = std::shared_ptr<RecordedConnection>;

  struct Client {
    std::string user = "alice";
    std::vector<std::string> rooms;
    std::vector<std::string> join = {"*"};
    std::vector<std::string> publish = {"*"};
    std::string info;
    int64_t expires_at_millis = 0;
    std::optional<RoomPosition> since;  // in the first of `rooms`
    int64_t issued_at_millis = 0;
    bool welcome = false;
    uint8_t deflate_bits = 0;
  };

  static gatehouse::v1::Config Policies() {
    gatehouse::v1::Config config;
    auto& open = *config.mutable_default_namespace();
    open.set_client_publish(true);
    open.set_presence(true);
    open.set_echo(true);
    open.set_history_age(300000);
    open.set_max_members(100000);
    const auto add = [&](const char* name) -> gatehouse::v1::NamespaceSettings& {
      auto& added = *config.add_namespaces();
      added = config.default_namespace();
      added.set_name(name);
      return added;
    };
    add("events").set_join_leave(true);
    add("small").set_max_members(2);
    add("quiet").set_client_publish(false);
    add("bytes").set_binary(true);
    add("dark").set_presence(false);
    add("silent").set_echo(false);
    add("log").set_history_size(10);
    auto& cache = add("cache");
    cache.set_history_size(1);
    cache.set_recovery("last_value");
    auto& forced = add("forced");
    forced.set_history_size(10);
    forced.set_recovery("forced");
    auto& open_doors = add("open");
    open_doors.set_join_by("authenticated");
    open_doors.set_publish_by("member");
    open_doors.set_presence_by("authenticated");
    open_doors.set_history_by("authenticated");
    open_doors.set_history_size(10);
    add("private").set_join_by("service");
    auto& user = add("user");
    user.set_personal(true);
    user.set_history_size(10);
    return config;
  }

  explicit HubRig(size_t shards = 1, HubSettings settings = {}, size_t mailbox_capacity = 4096)
      : policies_(Policies()),
        verifier_(MakeTestVerifier()),
        pool_(shards, mailbox_capacity, clock_) {
    context_ = {.settings = settings,
                .clock = &clock_,
                .policies = &policies_,
                .verifier = &verifier_,
                .bans = &bans_,
                .revocations = &revocations_,
                .node_id = 7,
                .node_nonce = 9};
    for (size_t i = 0; i < shards; ++i) {
      metrics_.push_back(std::make_unique<ShardMetrics>());
      hubs_.push_back(
          std::make_unique<Hub>(context_, pool_.at(static_cast<ShardIndex>(i)), *metrics_.back()));
    }
  }
  ~HubRig() {
    for (const auto& hub : hubs_) hub->Clear();
  }

  FakeClock& clock() { return clock_; }
  BanList& bans() { return bans_; }
  RevocationList& revocations() { return revocations_; }
  Hub& hub(ShardIndex shard = 0) { return *hubs_[shard]; }
  ShardMetrics& metrics(ShardIndex shard = 0) { return *metrics_[shard]; }
  ShardPool& pool() { return pool_; }

  // A room that this shard is the home of.
  std::string RoomAt(ShardIndex home, std::string prefix = "room") const {
    for (int i = 0;; ++i) {
      std::string name = prefix + std::to_string(i);
      if (pool_.HomeOf(name) == home) return name;
    }
  }

  // Hands a client to the hub; nothing is turned.
  Connection Admit(const Client& client, ShardIndex shard = 0) {
    kOnShard.AssertHeld();
    auto connection = std::make_shared<RecordedConnection>();
    auto grants = std::make_shared<Grants>();
    grants->join = *RoomPatterns::Parse(client.join);
    grants->publish = *RoomPatterns::Parse(client.publish);
    Admission admission;
    admission.transport = std::make_unique<RecordingTransport>(connection);
    admission.identity = {.user = UserId(client.user),
                          .info = client.info,
                          .grants = std::move(grants),
                          .expires_at_millis = client.expires_at_millis,
                          .issued_at_millis = client.issued_at_millis};
    for (const std::string& room : client.rooms) admission.rooms.push_back({RoomName(room), {}});
    if (client.since && !admission.rooms.empty()) admission.rooms.front().since = client.since;
    admission.protocol = &PlainProtocol();
    admission.welcome = client.welcome;
    admission.deflate_bits = client.deflate_bits;
    hub(shard).Admit(std::move(admission));
    return connection;
  }
  // The same, until the client has been answered.
  Connection Connect(const Client& client, ShardIndex shard = 0) {
    Connection connection = Admit(client, shard);
    Settle();
    return connection;
  }

  void Turn(ShardIndex shard) { pool_.at(shard).TurnOnce(hub(shard), hub(shard)); }
  // Turns all shards until what they ask each other has been answered.
  void Settle() {
    for (int round = 0; round < 8; ++round) {
      for (size_t i = 0; i < hubs_.size(); ++i) Turn(static_cast<ShardIndex>(i));
    }
  }
  void Advance(int64_t millis) {
    for (int64_t step; millis > 0; millis -= step) {
      step = std::min<int64_t>(millis, TimingWheel::kTickMillis);
      clock_.Advance(step);
      for (size_t i = 0; i < hubs_.size(); ++i) Turn(static_cast<ShardIndex>(i));
    }
    Settle();
  }

  Hub& HubOf(const Connection& connection) { return hub(connection->session->shard); }
  // What the client says; nothing is turned.
  void Send(const Connection& connection, std::string_view json) {
    kOnShard.AssertHeld();
    HubOf(connection).OnMessage(*connection->session, true, json);
  }
  void SendBinary(const Connection& connection, std::string_view bytes) {
    kOnShard.AssertHeld();
    HubOf(connection).OnMessage(*connection->session, false, bytes);
  }
  void Say(const Connection& connection, std::string_view json) {
    Send(connection, json);
    Settle();
  }
  void Kick(const Connection& connection, uint16_t code = 3503) {
    kOnShard.AssertHeld();
    HubOf(connection)
        .Close(*connection->session, code, "", LeaveReason::kKicked, Hub::CloseMode::kNow);
  }
  void Lose(const Connection& connection) {
    kOnShard.AssertHeld();
    HubOf(connection).OnDisconnected(*connection->session);
  }
  // A service's publication, on the room's home shard.
  PublishOutcome Publish(const std::string& room, const std::string& content,
                         PublishRules rules = {}) {
    kOnShard.AssertHeld();
    return hub(pool_.HomeOf(room))
        .home()
        .Publish(RoomName(room), {.content = content},
                 std::make_shared<const PublishRules>(std::move(rules)));
  }

  // How many connections the room's home counts.
  size_t Present(const std::string& room) {
    kOnShard.AssertHeld();
    const HomeSide::Room* const found = hub(pool_.HomeOf(room)).home().Find(room);
    return found == nullptr ? 0 : found->presence.connections();
  }
  bool IsMember(const Connection& connection, const std::string& room) {
    kOnShard.AssertHeld();
    return HubOf(connection).member().table().Contains(room, connection->session->slot);
  }

 private:
  ScopedShardThread on_shard_;
  FakeClock clock_;
  RoomPolicies policies_;
  TokenVerifier verifier_;
  BanList bans_;
  RevocationList revocations_{100};
  HubContext context_;
  ShardPool pool_;
  std::vector<std::unique_ptr<ShardMetrics>> metrics_;
  std::vector<std::unique_ptr<Hub>> hubs_;
};

}  // namespace edge
