#pragma once

#include <functional>
#include <memory>
#include <string>

#include "edge/hub/hub.h"
#include "edge/shard/shard_pool.h"
#include "edge/transport/http_gate.h"
#include "tests/support/hub_rig.h"
#include "tests/support/test_tokens.h"

namespace edge {

// One shard with its hub and gate on a port of its own, on a thread of its own.
class TestGate {
 public:
  struct Settings {
    GateContext& gate;
    HubSettings& hub;
  };

  // `prepare` gets the gate before it starts.
  explicit TestGate(
      const std::function<void(Settings)>& adjust = [](Settings) {},
      const std::function<void(HttpGate&)>& prepare = [](HttpGate&) {})
      : policies_(HubRig::Policies()),
        verifier_(MakeTestVerifier()),
        pool_(1, 4096, SystemClock()) {
    context_ = {
        .clock = &SystemClock(), .policies = &policies_, .verifier = &verifier_, .bans = &bans_};
    gate_context_.verifier = &verifier_;
    gate_context_.policies = &policies_;
    gate_context_.protocol = &PlainProtocol();
    adjust({gate_context_, context_.settings});
    auto sockets = OpenListenSockets("127.0.0.1:0", 1);
    GATEHOUSE_CHECK(sockets.ok(), "no port for a test");
    address_ = sockets->address;
    hub_ = std::make_unique<Hub>(context_, pool_.at(0), metrics_);
    gate_ = std::make_unique<HttpGate>(gate_context_, *hub_, sockets->fds[0]);
    prepare(*gate_);
    gate_->Start();
    pool_.at(0).UseSendBatch();
    pool_.at(0).Start(*hub_, *hub_);
  }
  ~TestGate() {
    pool_.StopAll();
    const ScopedShardThread on_shard;
    hub_->Clear();
    gate_.reset();
    hub_.reset();
  }

  const std::string& address() const { return address_; }
  const ShardMetrics& metrics() const { return metrics_; }
  uint32_t connections() const { return gate_context_.connections.load(); }
  BanList& bans() { return bans_; }
  Hub& hub() { return *hub_; }
  Shard& shard() { return pool_.at(0); }
  HttpGate& gate() { return *gate_; }

  // A target for `user` with a token for everything.
  static std::string Target(const std::string& path, const std::string& user = "alice") {
    const char* const mark = path.find('?') == std::string::npos ? "?" : "&";
    return path + mark + "token=" + TokenOf(user, SystemClock().UnixMillis());
  }

 private:
  RoomPolicies policies_;
  TokenVerifier verifier_;
  BanList bans_;
  HubContext context_;
  GateContext gate_context_;
  ShardPool pool_;
  ShardMetrics metrics_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<HttpGate> gate_;
  std::string address_;
};

}  // namespace edge
