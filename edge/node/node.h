#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "edge/auth/ban_list.h"
#include "edge/auth/revocation_list.h"
#include "edge/auth/ticket_store.h"
#include "edge/base/mutex.h"
#include "edge/events/event_log.h"
#include "edge/hub/hub.h"
#include "edge/jwks/jwks_fetcher.h"
#include "edge/node/node_api.h"
#include "edge/proxy/proxy_context.h"
#include "edge/room/room_policy.h"
#include "edge/shard/shard_pool.h"
#include "edge/transport/http_gate.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

struct NodeOptions {
  // --dev: mints tokens for the demo page. Null: there is none.
  std::function<absl::StatusOr<std::string>(const std::string& user)> mint_dev_token;
  // Every message comes back, nobody is asked for a token: conformance suites.
  bool echo = false;
};

// One process' worth of Gatehouse: shards, their hubs and gates, and the NodeApi over them.
class Node final : public NodeApi {
 public:
  // Binds client.listen and starts the shards. kInvalidArgument: settings that do not fit together.
  // kUnavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<Node>> Start(const gatehouse::v1::Config& config,
                                                     const Clock& clock, NodeOptions options);
  ~Node() override;

  // HOST:PORT of the client listener.
  const std::string& client_address() const { return client_address_; }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  // Why no client should be sent here: the node is leaving, or has not had the keys of an issuer of
  // tokens yet. Empty: it is ready. Any thread.
  std::string NotReady() const;
  // Prometheus text. Any thread.
  std::string Metrics() const;

  // Takes the client listener's certificate again if its files have changed. What cannot be read is
  // logged, and the old one stays. Reads files: for the main thread.
  void ReloadCertificates();
  // Gives memory back to the system after many connections have gone. To be called now and then. A
  // shard that allocates meanwhile waits, for some milliseconds: for the main thread.
  void ReturnMemory();

  // Stops accepting, then closes the clients with "come back" at the pace of the drain settings.
  // Returns when all are gone or drain.timeout is over. Blocks: for the main thread.
  void Drain();

  // NodeApi
  void Broadcast(BroadcastCommand command, Done<BroadcastResult> done) override;
  void SendToUsers(SendToUsersCommand command, Done<SendResult> done) override;
  void SendToConnections(SendToConnectionsCommand command, Done<SendResult> done) override;
  void GetHistory(HistoryQuery query, Done<HistoryPage> done) override;
  void RemoveHistory(RoomName room, Done<RemoveHistoryResult> done) override;
  void Kick(KickCommand command, Done<KickResult> done) override;
  void Ban(BanCommand command, Done<KickResult> done) override;
  void Unban(UnbanCommand command, Done<UnbanResult> done) override;
  void ListBans(Page page, Done<BanPage> done) override;
  void CreateTicket(TicketCommand command, Done<TicketResult> done) override;
  void RevokeTokens(RevokeCommand command, Done<RevokeResult> done) override;
  void ListRevocations(Page page, Done<RevocationPage> done) override;
  void GetPresence(PresenceQuery query, Done<PresencePage> done) override;
  void GetPresenceStats(std::vector<RoomName> rooms,
                        Done<std::vector<PresenceStats>> done) override;
  WatchId WatchPresence(WatchPresenceCommand command,
                        std::shared_ptr<PresenceWatcher> watcher) override;
  void StopWatch(WatchId watch) override;
  std::shared_ptr<EventFeed> WatchEvents(WatchEventsCommand command,
                                         std::function<void()> wake) override;
  void AddMembers(MembersCommand command, Done<AddMembersResult> done) override;
  void RemoveMembers(MembersCommand command, Done<RemoveMembersResult> done) override;
  void ListMemberships(MembershipQuery query, Done<MembershipPage> done) override;
  void ListRooms(ListRoomsQuery query, Done<RoomPage> done) override;
  void ListUserRooms(ListUserRoomsQuery query, Done<UserRoomPage> done) override;
  void ListConnections(ListConnectionsQuery query, Done<ConnectionPage> done) override;
  void GetConnection(ConnectionId connection, Done<ConnectionEntry> done) override;
  void GetNodes(Done<std::vector<NodeEntry>> done) override;
  absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(
      AttachCommand command, std::shared_ptr<WorkerStream> stream) override;
  size_t max_payload_size() const override { return config_.client().max_message_size(); }

 private:
  Node(const gatehouse::v1::Config& config, const Clock& clock, NodeOptions options);
  absl::Status Init();
  // What hubs and gates share.
  absl::Status MakeContexts();
  absl::Status MakeSticky(const MembersCommand& command);
  // Stops accepting and closes up to `closes` sessions, the shard `first` before the others.
  void DrainStep(int64_t closes, size_t first);
  uint32_t OpenConnections() const {
    return gate_context_.connections.load(std::memory_order_relaxed);
  }
  void CloseSome(Hub& hub, size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  int64_t SumOfShards(ShardMetric ShardMetrics::*metric) const;
  ConnectionEntry EntryOf(Hub& hub, const Session& session) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The shard of a connection of this node; null for another node's id.
  Shard* ShardOf(const ConnectionId& connection);

  const gatehouse::v1::Config config_;
  const Clock& clock_;
  NodeOptions options_;
  std::string name_;
  int64_t started_unix_millis_;
  BanList bans_;
  TicketStore tickets_;
  RevocationList revocations_;
  std::unique_ptr<JwksFetcher> jwks_;  // null: no issuer's keys are fetched
  std::unique_ptr<TokenVerifier> verifier_;
  RoomPolicies policies_;
  EventLog events_;
  StickyMemberships memberships_;
  std::unique_ptr<Hooks> hooks_;  // null: none are configured
  HubContext hub_context_;
  std::unique_ptr<TlsCertificates> certificates_;  // null: the listener is in clear
  GateContext gate_context_;
  ProxyContext proxy_context_;
  ShardPool pool_;
  std::vector<std::unique_ptr<ShardMetrics>> metrics_;
  std::vector<std::unique_ptr<Hub>> hubs_;
  std::vector<std::unique_ptr<HttpGate>> gates_;
  std::string client_address_;
  std::atomic<bool> draining_ = false;

  std::atomic<WatchId> next_watch_ = 1;
  Mutex watches_mutex_;
  absl::flat_hash_map<WatchId, std::vector<RoomName>> watches_ ABSL_GUARDED_BY(watches_mutex_);
};

}  // namespace edge
