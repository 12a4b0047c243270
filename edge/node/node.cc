#include "edge/node/node.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "edge/base/batch_scheduling.h"
#include "edge/base/log.h"
#include "edge/base/random.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/node/auth_metrics.h"
#include "edge/node/memory_return.h"
#include "edge/node/node_settings.h"
#include "edge/node/version.h"
#include "edge/proxy/proxy_front.h"

namespace edge {
namespace {

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "gatehouse";
}

uint64_t ResidentBytes() {
  unsigned long total = 0;
  unsigned long resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<uint64_t>(resident) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Node::Node(const gatehouse::v1::Config& config, const Clock& clock, NodeOptions options)
    : config_(config),
      clock_(clock),
      options_(std::move(options)),
      name_(config.node().name().empty() ? HostName() : config.node().name()),
      started_unix_millis_(clock.UnixMillis()),
      tickets_(config.auth().max_tickets()),
      revocations_(config.auth().max_revocations()),
      policies_(config),
      events_({.max_events = config.control().event_log_size(),
               .max_age_millis = static_cast<int64_t>(config.control().event_log_age())}),
      pool_(config.node().shards(), config.node().mailbox_capacity(), clock) {}

absl::StatusOr<std::unique_ptr<Node>> Node::Start(const gatehouse::v1::Config& config,
                                                  const Clock& clock, NodeOptions options) {
  std::unique_ptr<Node> node(new Node(config, clock, std::move(options)));
  RETURN_IF_ERROR(node->Init());
  return node;
}

absl::Status Node::Init() {
  RETURN_IF_ERROR(MakeContexts());
  ASSIGN_OR_RETURN(ListenSockets sockets,
                   OpenListenSockets(config_.client().listen(), pool_.size()));
  client_address_ = sockets.address;
  ASSIGN_OR_RETURN(const bool batches, MayBatchSends(config_));
  for (size_t i = 0; i < pool_.size(); ++i) {
    Shard& shard = pool_.at(static_cast<ShardIndex>(i));
    if (batches) shard.UseSendBatch();
    metrics_.push_back(std::make_unique<ShardMetrics>());
    hubs_.push_back(std::make_unique<Hub>(hub_context_, shard, *metrics_.back()));
    gates_.push_back(std::make_unique<HttpGate>(gate_context_, *hubs_.back(), sockets.fds[i]));
    if (!proxy_context_.idle()) {
      gates_.back()->SetFront(std::make_unique<ProxyFront>(*gates_.back(), proxy_context_));
    }
    gates_.back()->Start();
  }
  for (size_t i = 0; i < pool_.size(); ++i) {
    pool_.at(static_cast<ShardIndex>(i)).Start(*hubs_[i], *hubs_[i]);
  }
  return absl::OkStatus();
}

absl::Status Node::MakeContexts() {
  if (!options_.echo) {
    ASSIGN_OR_RETURN(jwks_, JwksFetcher::Make(config_.auth(), clock_));
  }
  ASSIGN_OR_RETURN(TokenVerifier verifier,
                   MakeTokenVerifier(config_, jwks_ ? jwks_->issuers() : TokenVerifier::Issuers()));
  verifier_ = std::make_unique<TokenVerifier>(std::move(verifier));
  const uint64_t id = SecureRandom64();
  hub_context_ = {.settings = MakeHubSettings(config_),
                  .clock = &clock_,
                  .policies = &policies_,
                  .verifier = verifier_.get(),
                  .bans = &bans_,
                  .revocations = &revocations_,
                  .memberships = &memberships_,
                  .events = &events_,
                  .node_id = static_cast<uint32_t>(id >> 32),
                  .node_nonce = static_cast<uint32_t>(id)};
  hub_context_.settings.echo = options_.echo;
  if (!options_.echo) {
    // Whoever starts gRPC's threads decides for all who use them.
    const ScopedBatchScheduling batch_scheduling;
    ASSIGN_OR_RETURN(hooks_, Hooks::Start(config_, clock_, name_));
    hub_context_.hooks = gate_context_.hooks = hooks_.get();
  }
  RETURN_IF_ERROR(FillGateContext(config_, gate_context_));
  gate_context_.verifier = verifier_.get();
  gate_context_.policies = &policies_;
  gate_context_.memberships = &memberships_;
  gate_context_.tickets = &tickets_;
  gate_context_.revocations = &revocations_;
  if (!options_.echo) {
    ASSIGN_OR_RETURN(certificates_, LoadCertificates(config_));
    gate_context_.tls = certificates_.get();
  }
  gate_context_.echo = options_.echo;
  if (options_.echo) gate_context_.protocol = &EchoProtocol();
  gate_context_.mint_dev_token = options_.mint_dev_token;
  if (!options_.echo) {
    ASSIGN_OR_RETURN(proxy_context_, ProxyContext::Make(config_.proxy()));
  }
  return absl::OkStatus();
}

std::string Node::NotReady() const {
  if (draining()) return "draining";
  return jwks_ == nullptr ? "" : jwks_->Missing();
}

void Node::ReloadCertificates() {
  if (certificates_ == nullptr) return;
  const absl::StatusOr<bool> changed = certificates_->Reload();
  if (!changed.ok()) {
    LogWarn("the old certificate stays", {{"reason", ToStd(changed.status().message())}});
  } else if (*changed) {
    LogInfo("certificate read again", {{"file", config_.client().tls().certificate_file()}});
  }
}

void Node::ReturnMemory() {
  const uint32_t open = OpenConnections();
  if (!ShouldReturnMemory(open, gate_context_.most_connections.load(std::memory_order_relaxed))) {
    return;
  }
  gate_context_.most_connections.store(open, std::memory_order_relaxed);
  const int64_t began = clock_.MonotonicMillis();
  ::malloc_trim(0);
  LogDebug("memory given back", {{"took_ms", clock_.MonotonicMillis() - began}});
}

Node::~Node() {
  pool_.StopAll();
  hooks_.reset();  // it posts to the shards
  hub_context_.hooks = nullptr;
  const ScopedShardThread on_shard;  // the shards' threads have ended: their state is this one's
  for (const auto& hub : hubs_) hub->Clear();
  gates_.clear();
  hubs_.clear();
}

int64_t Node::SumOfShards(ShardMetric ShardMetrics::*metric) const {
  int64_t sum = 0;
  for (const auto& metrics : metrics_) sum += (metrics.get()->*metric).value();
  return sum;
}

std::string Node::Metrics() const {
  std::vector<const ShardMetrics*> shards;
  for (const auto& metrics : metrics_) shards.push_back(metrics.get());
  std::string text = ExposeMetrics(shards);
  AppendMetric("gatehouse_connections", "Open client sockets, handshakes included.", "gauge",
               gate_context_.connections.load(std::memory_order_relaxed), text);
  text += ExposeAuth(tickets_.counts(), revocations_.size());
  if (jwks_ != nullptr) text += jwks_->Metrics();
  if (hooks_ != nullptr) text += hooks_->Metrics();
  AppendMetric("gatehouse_resident_bytes", "Resident memory of the process.", "gauge",
               static_cast<double>(ResidentBytes()), text);
  return text;
}

void Node::CloseSome(Hub& hub, size_t count) {
  SessionTable& sessions = hub.sessions();
  for (uint32_t slot = 0; slot < sessions.slot_bound() && count > 0; ++slot) {
    Session& session = sessions.At(slot);
    if (!session.live()) continue;
    --count;
    hub.Close(session, gatehouse::v1::CLOSE_CODE_SHUTDOWN, "", LeaveReason::kDrained,
              Hub::CloseMode::kAfterQueued);
  }
}

void Node::DrainStep(int64_t closes, size_t first) {
  // As long as others go anyway, who has connected may still ask, and is told to come back.
  const bool alone = SumOfShards(&ShardMetrics::sessions) == 0;
  for (size_t k = 0; k < pool_.size(); ++k) {
    const size_t i = (first + k) % pool_.size();
    const int64_t share = std::min(closes, metrics_[i]->sessions.value());
    closes -= share;
    HttpGate* const gate = gates_[i].get();
    // All of it in every step: a full mailbox refuses one step, not the drain.
    pool_.at(static_cast<ShardIndex>(i)).PostExternal([this, gate, share, alone](Hub& hub) {
      kOnShard.AssertHeld();
      gate->StopAccepting();
      hub.StopAdmitting();
      if (alone) gate->DropUnused();
      CloseSome(hub, static_cast<size_t>(share));
    });
  }
}

void Node::Drain() {
  constexpr int64_t kStepMillis = 20;
  constexpr int64_t kLeastFlushMillis = 1000;
  constexpr int64_t kUnhurried = 50;  // closes a second that harm nobody: few sessions go at once
  draining_.store(true, std::memory_order_relaxed);
  const auto timeout = static_cast<int64_t>(config_.drain().timeout());
  const int64_t begin = clock_.MonotonicMillis();
  const int64_t total = SumOfShards(&ShardMetrics::sessions);
  // Spread over half of the time, but never faster than the pace, so that the next node can
  // breathe.
  const int64_t spread = total * 2000 / std::max<int64_t>(timeout, 1) + 1;
  const int64_t per_second =
      std::min<int64_t>(std::max(spread, kUnhurried), config_.drain().closes_per_second());
  LogInfo("draining", {{"sessions", total}, {"timeout_ms", timeout}});
  int64_t closed = 0;
  int64_t elapsed = 0;
  for (size_t step = 0; step == 0 || (elapsed < timeout && OpenConnections() > 0); ++step) {
    const int64_t closes = 1 + elapsed * per_second / 1000 - closed;
    DrainStep(closes, step);
    closed += closes;
    std::this_thread::sleep_for(std::chrono::milliseconds(kStepMillis));
    elapsed = clock_.MonotonicMillis() - begin;
  }
  // The application is told of the last ones too, if it listens.
  if (hooks_ != nullptr) hooks_->FlushEvents(std::max(timeout - elapsed, kLeastFlushMillis));
  LogInfo("drained", {{"ms", elapsed}, {"left", OpenConnections()}});
}

Shard* Node::ShardOf(const ConnectionId& connection) {
  const bool ours = connection.node == hub_context_.node_id && connection.shard < pool_.size();
  return ours ? &pool_.at(connection.shard) : nullptr;
}

absl::StatusOr<std::unique_ptr<AttachedWorker>> Node::Attach(AttachCommand command,
                                                             std::shared_ptr<WorkerStream> stream) {
  if (hooks_ == nullptr) return absl::NotFoundError("hooks.rules has no rule");
  return hooks_->Attach(std::move(command), std::move(stream));
}

void Node::GetNodes(Done<std::vector<NodeEntry>> done) {
  NodeEntry entry;
  entry.name = name_;
  entry.id = hub_context_.node_id;
  entry.version = kVersion;
  entry.started_unix_millis = started_unix_millis_;
  entry.shards = static_cast<uint32_t>(pool_.size());
  entry.connections = static_cast<uint32_t>(SumOfShards(&ShardMetrics::sessions));
  entry.users = static_cast<uint32_t>(SumOfShards(&ShardMetrics::users));
  entry.rooms = static_cast<uint32_t>(SumOfShards(&ShardMetrics::rooms));
  entry.draining = draining();
  entry.resident_bytes = ResidentBytes();
  std::move(done)(std::vector<NodeEntry>{std::move(entry)});
}

}  // namespace edge
