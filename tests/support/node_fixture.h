#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "edge/base/clock.h"
#include "edge/config/setting.h"
#include "edge/node/node.h"
#include "tests/support/json_field.h"
#include "tests/support/test_client.h"
#include "tests/support/test_tokens.h"

namespace edge {

// A whole node on loopback ports of its own, and clients of it.
class TestNode {
 public:
  // A client that has been welcomed.
  struct Member {
    TestClient client;
    ConnectionId id;
  };

  explicit TestNode(
      uint32_t shards, const std::function<void(gatehouse::v1::Config&)>& adjust = [](auto&) {}) {
    gatehouse::v1::Config config = DefaultConfig();
    config.mutable_node()->set_name("test");
    config.mutable_node()->set_shards(shards);
    config.mutable_client()->set_listen("127.0.0.1:0");
    config.mutable_client()->set_max_connections(1000);
    SetTestKey(*config.mutable_auth());
    auto& bytes = *config.add_namespaces();
    bytes = config.default_namespace();
    bytes.set_name("bytes");
    bytes.set_binary(true);
    adjust(config);
    auto started = Node::Start(config, SystemClock(), {});
    GATEHOUSE_CHECK(started.ok(), "a test's node does not start");
    node_ = *std::move(started);
  }

  Node* operator->() { return node_.get(); }
  Node& operator*() { return *node_; }

  // The answer of one NodeApi call: node.Ask<KickResult>([&](auto done) { node->Kick({…}, done);
  // }).
  template <typename T>
  absl::StatusOr<T> Ask(const std::function<void(Done<T>)>& call) {
    return Wait(Begin<T>(call));
  }
  template <typename T>
  std::future<absl::StatusOr<T>> Begin(const std::function<void(Done<T>)>& call) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<T>>>();
    auto future = promise->get_future();
    call([promise](absl::StatusOr<T> result) { promise->set_value(std::move(result)); });
    return future;
  }
  template <typename T>
  absl::StatusOr<T> Wait(std::future<absl::StatusOr<T>> future) {
    const bool answered = future.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    GATEHOUSE_CHECK(answered, "a call was not answered");
    return future.get();
  }

  RoomDelivery Broadcast(const std::string& room, const std::string& json) {
    const auto result = Ask<BroadcastResult>([&](Done<BroadcastResult> done) {
      node_->Broadcast({.rooms = {RoomName(room)}, .message = {.payload = {.bytes = json}}},
                       std::move(done));
    });
    GATEHOUSE_CHECK(result.ok() && result->size() == 1, "a broadcast has one answer for each room");
    return result->front();
  }
  absl::StatusOr<KickResult> Kick(const KickCommand& command) {
    return Ask<KickResult>([&](Done<KickResult> done) { node_->Kick(command, std::move(done)); });
  }
  absl::StatusOr<PresencePage> Presence(const std::string& room, PresenceDetail detail,
                                        Page page = {}) {
    return Ask<PresencePage>([&](Done<PresencePage> done) {
      node_->GetPresence({.room = RoomName(room), .detail = detail, .page = page}, std::move(done));
    });
  }

  static std::string Target(const std::string& user, const std::string& room) {
    const std::string path = room.empty() ? "/ws" : "/ws/" + room;
    return path + "?welcome=1&token=" + TokenOf(user, SystemClock().UnixMillis());
  }
  Member Join(const std::string& user, const std::string& room, int receive_buffer = 0) {
    Member member;
    if (receive_buffer > 0) member.client.SetReceiveBuffer(receive_buffer);
    member.client.Connect(node_->client_address());
    member.client.Send(UpgradeRequest(Target(user, room)));
    GATEHOUSE_CHECK(HttpStatusIn(member.client.ReadHead()) == 101, "a test's client was refused");
    std::string id = JsonField(member.client.ReadText(), "connection");
    member.id = ConnectionId::Parse(std::string_view(id).substr(1, 32)).value_or(ConnectionId());
    return member;
  }
  // The kernel chooses the shard of a connection: asked until it is this one.
  Member JoinOn(uint8_t shard, const std::string& user, const std::string& room) {
    while (true) {
      Member member = Join(user, room);
      if (member.id.shard == shard) return member;
      member.client.SendClose(1000);
      member.client.ReadAll();
      Eventually([&] { return !Has(member.id); });
    }
  }
  bool Has(const ConnectionId& id) { return Find(id).ok(); }
  absl::StatusOr<ConnectionEntry> Find(const ConnectionId& id) {
    return Ask<ConnectionEntry>(
        [&](Done<ConnectionEntry> done) { node_->GetConnection(id, std::move(done)); });
  }
  // Keeps the shard of `on` busy until the promise is kept.
  void HoldShard(const ConnectionId& on, const std::shared_future<void>& until) {
    // An answer may come on any thread, so that one that came on this one is asked for again.
    const auto caller = std::this_thread::get_id();
    for (bool held = false; !held;) {
      const auto answered = std::make_shared<std::promise<bool>>();
      node_->GetConnection(on, [answered, until, caller](const absl::StatusOr<ConnectionEntry>&) {
        const bool on_shard = std::this_thread::get_id() != caller;
        answered->set_value(on_shard);
        if (on_shard) until.wait();
      });
      held = answered->get_future().get();
    }
  }
  // A room whose home is this shard.
  static std::string RoomAt(ShardIndex home, size_t shards, std::string prefix = "room") {
    const ShardPool pool(shards, 1024, SystemClock());
    for (int i = 0;; ++i) {
      std::string name = prefix + std::to_string(i);
      if (pool.HomeOf(name) == home) return name;
    }
  }
  // The value of a metric, summed over the shards.
  double Metric(const std::string& name) {
    const std::string text = node_->Metrics();
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::atof(text.c_str() + at + name.size() + 2);
  }

 private:
  std::unique_ptr<Node> node_;
};

}  // namespace edge
