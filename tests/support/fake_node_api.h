#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "edge/node/node_api.h"
#include "tests/support/fake_workers.h"

namespace edge {

// One method of a FakeNodeApi: remembers its commands and gives the answer set, at once or, while
// `Hold` is on, when it is released. Any thread.
template <typename Command, typename Result>
class FakeMethod {
 public:
  void Answer(absl::StatusOr<Result> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void Hold() {
    const std::lock_guard lock(mutex_);
    hold_ = true;
  }
  // Runs on the thread of each call, before it counts.
  void OnCall(std::function<void()> hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }
  // Answers what is held, the oldest first or last.
  void Release(bool oldest_first = true) {
    while (true) {
      Done<Result> done;
      absl::StatusOr<Result> answer;
      {
        const std::lock_guard lock(mutex_);
        hold_ = false;
        if (held_.empty()) return;
        const auto at = oldest_first ? held_.begin() : std::prev(held_.end());
        done = std::move(*at);
        held_.erase(at);
        answer = answer_;
      }
      std::move(done)(std::move(answer));
    }
  }

  size_t count() const {
    const std::lock_guard lock(mutex_);
    return commands_.size();
  }
  // The only command there was.
  Command only() const {
    const std::lock_guard lock(mutex_);
    return commands_.size() == 1 ? commands_.front() : Command();
  }
  std::vector<Command> all() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }

  void Call(Command command, Done<Result> done) {
    std::function<void()> hook;
    {
      const std::lock_guard lock(mutex_);
      hook = hook_;
    }
    if (hook) hook();
    absl::StatusOr<Result> answer;
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(std::move(command));
      if (hold_) return held_.push_back(std::move(done));
      answer = answer_;
    }
    std::move(done)(std::move(answer));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Command> commands_;
  absl::StatusOr<Result> answer_ = Result();
  bool hold_ = false;
  std::function<void()> hook_;
  std::vector<Done<Result>> held_;
};

// A NodeApi without a node: what a test of control/ asks and answers. Any thread.
class FakeNodeApi final : public NodeApi {
 public:
  struct Nothing {};
  struct Watch {
    WatchId id = 0;
    WatchPresenceCommand command;
    std::shared_ptr<PresenceWatcher> watcher;
    bool stopped = false;
  };

  FakeMethod<BroadcastCommand, BroadcastResult> broadcast;
  FakeMethod<SendToUsersCommand, SendResult> send_to_users;
  FakeMethod<SendToConnectionsCommand, SendResult> send_to_connections;
  FakeMethod<HistoryQuery, HistoryPage> get_history;
  FakeMethod<RoomName, RemoveHistoryResult> remove_history;
  FakeMethod<KickCommand, KickResult> kick;
  FakeMethod<BanCommand, KickResult> ban;
  FakeMethod<UnbanCommand, UnbanResult> unban;
  FakeMethod<edge::Page, BanPage> list_bans;
  FakeMethod<TicketCommand, TicketResult> create_ticket;
  FakeMethod<RevokeCommand, RevokeResult> revoke_tokens;
  FakeMethod<edge::Page, RevocationPage> list_revocations;
  FakeMethod<PresenceQuery, PresencePage> get_presence;
  FakeMethod<std::vector<RoomName>, std::vector<PresenceStats>> get_presence_stats;
  FakeMethod<MembersCommand, AddMembersResult> add_members;
  FakeMethod<MembersCommand, RemoveMembersResult> remove_members;
  FakeMethod<MembershipQuery, MembershipPage> list_memberships;
  FakeMethod<ListRoomsQuery, RoomPage> list_rooms;
  FakeMethod<ListUserRoomsQuery, UserRoomPage> list_user_rooms;
  FakeMethod<ListConnectionsQuery, ConnectionPage> list_connections;
  FakeMethod<ConnectionId, ConnectionEntry> get_connection;
  FakeMethod<Nothing, std::vector<NodeEntry>> get_nodes;
  FakeWorkers workers;

  // Calls of all methods together.
  size_t calls() const {
    return broadcast.count() + send_to_users.count() + send_to_connections.count() + kick.count() +
           get_history.count() + remove_history.count() + ban.count() + unban.count() +
           list_bans.count() + get_presence.count() + get_presence_stats.count() +
           add_members.count() + remove_members.count() + list_rooms.count() +
           list_user_rooms.count() + list_connections.count() + get_connection.count() +
           get_nodes.count() + create_ticket.count() + revoke_tokens.count() +
           list_revocations.count() + list_memberships.count() + watches().size() + workers.count();
  }

  std::vector<Watch> watches() const {
    const std::lock_guard lock(mutex_);
    return watches_;
  }

  void Broadcast(BroadcastCommand c, Done<BroadcastResult> d) override {
    broadcast.Call(std::move(c), std::move(d));
  }
  void SendToUsers(SendToUsersCommand c, Done<SendResult> d) override {
    send_to_users.Call(std::move(c), std::move(d));
  }
  void SendToConnections(SendToConnectionsCommand c, Done<SendResult> d) override {
    send_to_connections.Call(std::move(c), std::move(d));
  }
  void GetHistory(HistoryQuery q, Done<HistoryPage> d) override {
    get_history.Call(std::move(q), std::move(d));
  }
  void RemoveHistory(RoomName r, Done<RemoveHistoryResult> d) override {
    remove_history.Call(std::move(r), std::move(d));
  }
  void Kick(KickCommand c, Done<KickResult> d) override { kick.Call(std::move(c), std::move(d)); }
  void Ban(BanCommand c, Done<KickResult> d) override { ban.Call(std::move(c), std::move(d)); }
  void Unban(UnbanCommand c, Done<UnbanResult> d) override {
    unban.Call(std::move(c), std::move(d));
  }
  void ListBans(edge::Page p, Done<BanPage> d) override {
    list_bans.Call(std::move(p), std::move(d));
  }
  void CreateTicket(TicketCommand c, Done<TicketResult> d) override {
    create_ticket.Call(std::move(c), std::move(d));
  }
  void RevokeTokens(RevokeCommand c, Done<RevokeResult> d) override {
    revoke_tokens.Call(std::move(c), std::move(d));
  }
  void ListRevocations(edge::Page p, Done<RevocationPage> d) override {
    list_revocations.Call(std::move(p), std::move(d));
  }
  void GetPresence(PresenceQuery q, Done<PresencePage> d) override {
    get_presence.Call(std::move(q), std::move(d));
  }
  void GetPresenceStats(std::vector<RoomName> rooms, Done<std::vector<PresenceStats>> d) override {
    get_presence_stats.Call(std::move(rooms), std::move(d));
  }
  WatchId WatchPresence(WatchPresenceCommand c, std::shared_ptr<PresenceWatcher> watcher) override {
    const std::lock_guard lock(mutex_);
    watches_.push_back({watches_.size() + 1, std::move(c), std::move(watcher), false});
    return watches_.size();
  }
  void StopWatch(WatchId watch) override {
    std::shared_ptr<PresenceWatcher> let_go;
    const std::lock_guard lock(mutex_);
    watches_[watch - 1].stopped = true;
    let_go = std::move(watches_[watch - 1].watcher);
  }
  std::shared_ptr<EventFeed> WatchEvents(WatchEventsCommand c,
                                         std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    event_watches_.push_back(std::move(c));
    wake_ = std::move(wake);
    return feed_;
  }
  // What the next WatchEvents reads from.
  void SetFeed(std::shared_ptr<EventFeed> feed) {
    const std::lock_guard lock(mutex_);
    feed_ = std::move(feed);
  }
  void WakeFeed() {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      wake = wake_;
    }
    wake();
  }
  std::vector<WatchEventsCommand> event_watches() const {
    const std::lock_guard lock(mutex_);
    return event_watches_;
  }
  void AddMembers(MembersCommand c, Done<AddMembersResult> d) override {
    add_members.Call(std::move(c), std::move(d));
  }
  void RemoveMembers(MembersCommand c, Done<RemoveMembersResult> d) override {
    remove_members.Call(std::move(c), std::move(d));
  }
  void ListMemberships(MembershipQuery q, Done<MembershipPage> d) override {
    list_memberships.Call(std::move(q), std::move(d));
  }
  void ListRooms(ListRoomsQuery q, Done<RoomPage> d) override {
    list_rooms.Call(std::move(q), std::move(d));
  }
  void ListUserRooms(ListUserRoomsQuery q, Done<UserRoomPage> d) override {
    list_user_rooms.Call(std::move(q), std::move(d));
  }
  void ListConnections(ListConnectionsQuery q, Done<ConnectionPage> d) override {
    list_connections.Call(std::move(q), std::move(d));
  }
  void GetConnection(ConnectionId c, Done<ConnectionEntry> d) override {
    get_connection.Call(c, std::move(d));
  }
  void GetNodes(Done<std::vector<NodeEntry>> d) override { get_nodes.Call({}, std::move(d)); }
  absl::StatusOr<std::unique_ptr<AttachedWorker>> Attach(
      AttachCommand command, std::shared_ptr<WorkerStream> stream) override {
    return workers.Attach(std::move(command), std::move(stream));
  }
  size_t max_payload_size() const override { return 64 << 10; }

 private:
  mutable std::mutex mutex_;
  std::vector<Watch> watches_;
  std::vector<WatchEventsCommand> event_watches_;
  std::shared_ptr<EventFeed> feed_;
  std::function<void()> wake_;
};

}  // namespace edge
