#include "edge/node/node_settings.h"

#include <sys/resource.h>

#include <algorithm>

#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/shard/send_batch.h"
#include "edge/shard/usable_cpus.h"

namespace edge {
namespace {

constexpr rlim_t kOtherDescriptors = 64;

// What the proxy may open beside its clients' connections.
uint64_t UpstreamConnections(const gatehouse::v1::Config& config) {
  const size_t shards = config.node().shards() == 0 ? UsableCpus() : config.node().shards();
  uint64_t each = 0;
  for (const auto& upstream : config.proxy().upstreams()) each += upstream.max_connections();
  return each * shards;
}

}  // namespace

HubSettings MakeHubSettings(const gatehouse::v1::Config& config) {
  const auto& client = config.client();
  HubSettings settings;
  settings.outbound.max_bytes = static_cast<uint32_t>(client.write_queue_size());
  settings.outbound.max_frames = client.write_queue_messages();
  settings.max_rooms = client.max_rooms();
  settings.max_errors = client.max_errors();
  settings.messages_per_second = client.messages_per_second();
  settings.handshakes_per_second = client.handshakes_per_second();
  settings.max_message_size = client.max_message_size();
  settings.handshake_timeout_millis = static_cast<int64_t>(client.handshake_timeout());
  settings.message_timeout_millis = static_cast<int64_t>(client.message_timeout());
  settings.ping_interval_millis = static_cast<int64_t>(client.ping_interval());
  settings.pong_timeout_millis = static_cast<int64_t>(client.pong_timeout());
  settings.close_timeout_millis = static_cast<int64_t>(client.close_timeout());
  settings.expiry_grace_millis = static_cast<int64_t>(client.expiry_grace());
  const size_t shards = config.node().shards() == 0 ? UsableCpus() : config.node().shards();
  settings.history_bytes = static_cast<size_t>(config.history().memory()) / shards;
  settings.deflate.threshold = client.deflate().threshold();
  settings.deflate.level = static_cast<int>(client.deflate().level());
  return settings;
}

absl::StatusOr<TokenVerifier> MakeTokenVerifier(const gatehouse::v1::Config& config,
                                                TokenVerifier::Issuers issuers) {
  ASSIGN_OR_RETURN(KeySet keys, KeySet::Load(config.auth()));
  TokenRules rules;
  rules.issuer = config.auth().issuer();
  rules.audience = config.auth().audience();
  rules.leeway_millis = static_cast<int64_t>(config.auth().leeway());
  rules.max_token_size = config.auth().max_token_size();
  rules.max_info_size = config.client().max_presence_info_size();
  rules.require_expiry = config.auth().require_expiry();
  return TokenVerifier(std::move(keys), std::move(rules), std::move(issuers));
}

absl::Status FillGateContext(const gatehouse::v1::Config& config, GateContext& gate) {
  const auto& client = config.client();
  ASSIGN_OR_RETURN(gate.origins, OriginRules::Parse({client.allowed_origins().begin(),
                                                     client.allowed_origins().end()}));
  gate.token_cookie = client.token_cookie();
  gate.refuse_after_upgrade = client.refuse_after_upgrade();
  gate.max_header_size = client.max_header_size();
  gate.max_rooms = client.max_rooms();
  gate.handshake_timeout_millis = static_cast<int64_t>(client.handshake_timeout());
  gate.send_buffer_size = static_cast<int>(client.send_buffer_size());
  gate.max_connections = AllowedConnections(client.max_connections(), UpstreamConnections(config));
  gate.ws_limits.max_message = client.max_message_size();
  gate.ws_limits.max_fragments = client.max_fragments();
  gate.deflate = client.deflate().enabled();
  gate.protocol = &PlainProtocol();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<TlsCertificates>> LoadCertificates(
    const gatehouse::v1::Config& config) {
  const auto& tls = config.client().tls();
  if (tls.certificate_file().empty()) return nullptr;
  return TlsCertificates::Load({.certificate = tls.certificate_file(),
                                .key = tls.key_file(),
                                .only_tls13 = tls.min_version() == "1.3"});
}

absl::StatusOr<bool> MayBatchSends(const gatehouse::v1::Config& config) {
  const std::string& wish = config.node().io_uring();
  if (wish == "off") return false;
  const bool permitted = SendBatch::Open() != nullptr;
  if (!permitted && wish == "on") {
    return absl::FailedPreconditionError(
        "node.io_uring is 'on', and the kernel or its sandbox does not permit io_uring; see "
        "/proc/sys/kernel/io_uring_disabled and the container's seccomp profile, or set it to "
        "'auto'");
  }
  LogInfo("io_uring", {{"used", permitted}});
  return permitted;
}

uint32_t AllowedConnections(uint32_t wanted, uint64_t upstreams) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  // Clients keep at least half of them.
  const rlim_t others = kOtherDescriptors + std::min<rlim_t>(upstreams, limit.rlim_cur / 2);
  const rlim_t room = limit.rlim_cur > others ? limit.rlim_cur - others : 1;
  if (wanted <= room) return wanted;
  LogWarn(
      "client.max_connections lowered to the descriptor limit",
      {{"wanted", wanted}, {"allowed", static_cast<uint64_t>(room)}, {"do", "raise LimitNOFILE"}});
  return static_cast<uint32_t>(room);
}

}  // namespace edge
