#pragma once

#include <cstdint>

#include "edge/auth/ban_list.h"
#include "edge/auth/revocation_list.h"
#include "edge/auth/token_verifier.h"
#include "edge/base/clock.h"
#include "edge/events/event_log.h"
#include "edge/hooks/hooks.h"
#include "edge/room/room_policy.h"
#include "edge/room/sticky_memberships.h"
#include "edge/session/outbound_queue.h"
#include "edge/wire/deflater.h"

namespace edge {

// The settings a hub works by, taken from the configuration once.
struct HubSettings {
  OutboundQueue::Limits outbound;
  DeflateRules deflate;
  uint32_t max_rooms = 128;
  uint32_t max_errors = 20;
  uint32_t messages_per_second = 100;
  uint32_t handshakes_per_second = 5000;
  size_t max_message_size = 65536;
  int64_t handshake_timeout_millis = 10000;
  int64_t message_timeout_millis = 30000;
  int64_t ping_interval_millis = 25000;
  int64_t pong_timeout_millis = 8000;
  int64_t close_timeout_millis = 5000;
  int64_t expiry_grace_millis = 25000;
  size_t history_bytes = size_t{256} << 20;  // of one shard
  bool echo = false;  // sends every message back to its sender, for conformance suites
};

// What all hubs of a node share: immutable, or safe on any thread. Outlives them.
struct HubContext {
  HubSettings settings;
  const Clock* clock = nullptr;
  const RoomPolicies* policies = nullptr;
  const TokenVerifier* verifier = nullptr;
  BanList* bans = nullptr;
  const RevocationList* revocations = nullptr;     // null: nothing is revoked
  Hooks* hooks = nullptr;                          // null: none are configured
  const StickyMemberships* memberships = nullptr;  // null: there are none
  EventLog* events = nullptr;                      // null: nobody can watch
  // Random in each life of the node; both are in its connections' ids.
  uint32_t node_id = 0;
  uint32_t node_nonce = 0;
};

}  // namespace edge
