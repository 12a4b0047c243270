#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "edge/auth/origin.h"
#include "edge/auth/revocation_list.h"
#include "edge/auth/ticket_store.h"
#include "edge/auth/token_verifier.h"
#include "edge/hooks/hooks.h"
#include "edge/protocol/client_protocol.h"
#include "edge/room/room_policy.h"
#include "edge/room/sticky_memberships.h"
#include "edge/transport/tls_certificates.h"
#include "edge/wire/ws_decoder.h"

namespace edge {

// What all gates of a node share: immutable, but for the count. Any thread. Outlives them.
struct GateContext {
  OriginRules origins;
  const TokenVerifier* verifier = nullptr;
  const RoomPolicies* policies = nullptr;
  const StickyMemberships* memberships = nullptr;  // null: there are none
  TicketStore* tickets = nullptr;                  // null: no ticket is good
  const RevocationList* revocations = nullptr;     // null: nothing is revoked
  std::string token_cookie;
  bool refuse_after_upgrade = false;
  size_t max_header_size = 16384;
  size_t max_rooms = 128;
  int64_t handshake_timeout_millis = 10000;
  int send_buffer_size = 0;
  uint32_t max_connections = 100000;
  WsLimits ws_limits;
  // Whether permessage-deflate is agreed to where a client offers it.
  bool deflate = false;
  const ClientProtocol* protocol = nullptr;
  // Null: the listener is in clear. With it the handshakes a second are counted from the first
  // byte.
  const TlsCertificates* tls = nullptr;
  // Conformance: everybody is admitted at /, without a token.
  bool echo = false;
  // --dev: mints a token for a user, for the demo page. Null: there is no demo page.
  std::function<absl::StatusOr<std::string>(const std::string& user)> mint_dev_token;

  // Null: none are configured.
  Hooks* hooks = nullptr;
  // Header fields that the connect hook is told.
  std::span<const std::string> hook_headers() const {
    return hooks == nullptr ? std::span<const std::string>() : hooks->headers();
  }

  std::atomic<uint32_t> connections = 0;
  // The most there were since somebody set it.
  std::atomic<uint32_t> most_connections = 0;
};

// One of client.max_connections, held as long as the socket is open.
class ConnectionPermit {
 public:
  // Not granted: the node is full.
  static ConnectionPermit Take(GateContext& context) {
    ConnectionPermit permit;
    const uint32_t open = context.connections.fetch_add(1, std::memory_order_relaxed) + 1;
    if (open <= context.max_connections) {
      permit.count_ = &context.connections;
      // Two shards at once may leave the smaller: it is a hint.
      if (open > context.most_connections.load(std::memory_order_relaxed)) {
        context.most_connections.store(open, std::memory_order_relaxed);
      }
    } else {
      context.connections.fetch_sub(1, std::memory_order_relaxed);
    }
    return permit;
  }
  ConnectionPermit() = default;
  ConnectionPermit(ConnectionPermit&& other) noexcept
      : count_(std::exchange(other.count_, nullptr)) {}
  ConnectionPermit& operator=(ConnectionPermit other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~ConnectionPermit() {
    if (count_ != nullptr) count_->fetch_sub(1, std::memory_order_relaxed);
  }
  bool granted() const { return count_ != nullptr; }

 private:
  std::atomic<uint32_t>* count_ = nullptr;
};

}  // namespace edge
