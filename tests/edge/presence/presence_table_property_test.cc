// PresenceTable against a plain map, through random joins, leaves and pages in between.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "edge/base/random.h"
#include "edge/presence/presence_table.h"

namespace edge {
namespace {

using Position = std::pair<std::string, ConnectionId>;

class PresenceTablePropertyTest : public testing::TestWithParam<uint64_t> {
 protected:
  static constexpr uint32_t kConnections = 60;
  static constexpr uint64_t kUsers = 12;

  ConnectionId AnyConnection() {
    // Parts of an id that differ in every place of the order.
    const auto n = static_cast<uint32_t>(random_.Below(kConnections));
    return {.node = n % 2,
            .nonce = n / 2 % 2,
            .shard = static_cast<uint8_t>(n % 3),
            .slot = n,
            .generation = n % 5};
  }
  std::string AnyUser() { return "user" + std::to_string(random_.Below(kUsers)); }

  size_t ConnectionsOf(const std::string& user) const {
    size_t count = 0;
    for (const auto& [connection, entry] : model_) count += entry.user.str() == user ? 1 : 0;
    return count;
  }

  void Add() {
    const PresenceEntry entry{AnyConnection(), UserId(AnyUser()), std::to_string(step_), step_};
    const bool first = ConnectionsOf(entry.user.str()) == 0;
    const auto change = table_.Add(entry);
    ASSERT_EQ(change.has_value(), model_.emplace(entry.connection, entry).second);
    if (change) {
      ASSERT_EQ(change->user_edge, first);
    }
  }

  void Remove() {
    const ConnectionId connection = AnyConnection();
    const auto found = model_.find(connection);
    const auto change = table_.Remove(connection);
    ASSERT_EQ(change.has_value(), found != model_.end());
    if (!change) return;
    ASSERT_EQ(change->entry.user, found->second.user);
    ASSERT_EQ(change->entry.info, found->second.info);
    model_.erase(found);
    ASSERT_EQ(change->user_edge, ConnectionsOf(change->entry.user.str()) == 0);
  }

  void Update() {
    const ConnectionId connection = AnyConnection();
    const auto found = model_.find(connection);
    const std::string info = "updated " + std::to_string(step_);
    ASSERT_EQ(table_.UpdateInfo(connection, info).has_value(), found != model_.end());
    if (found != model_.end()) found->second.info = info;
  }

  void Step() {
    ++step_;
    const uint64_t what = random_.Below(10);
    if (what == 0) return Update();
    // Fills up, then empties.
    const uint64_t add_below = step_ / 300 % 2 == 0 ? 7 : 4;
    return what < add_below ? Add() : Remove();
  }

  void ExpectSame() {
    std::map<std::string, size_t> users;
    std::set<Position> positions;
    for (const auto& [connection, entry] : model_) {
      ++users[entry.user.str()];
      positions.emplace(entry.user.str(), connection);
    }
    ASSERT_EQ(table_.connections(), model_.size());
    ASSERT_EQ(table_.users(), users.size());
    auto expected = positions.begin();
    table_.PageConnections("", {}, [&](const PresenceEntry& entry) {
      EXPECT_NE(expected, positions.end());
      EXPECT_EQ(Position(entry.user.str(), entry.connection), *expected++);
      EXPECT_EQ(entry.info, model_.at(entry.connection).info);
      return true;
    });
    ASSERT_EQ(expected, positions.end());
    table_.PageUsers("", [&](const PresenceTable::User& user) {
      EXPECT_EQ(users[std::string(user.user)], user.connections);
      users.erase(std::string(user.user));
      return true;
    });
    ASSERT_TRUE(users.empty());
  }

  // Reads one page after `position` and moves it; false at the end.
  bool ReadPage(Position& position, size_t limit, std::vector<Position>& seen) {
    size_t taken = 0;
    bool more = false;
    table_.PageConnections(position.first, position.second, [&](const PresenceEntry& entry) {
      more = taken == limit;
      if (more) return false;
      ++taken;
      seen.emplace_back(entry.user.str(), entry.connection);
      return true;
    });
    if (taken > 0) position = seen.back();
    return more;
  }

  FastRandom random_{GetParam()};
  int64_t step_ = 0;
  PresenceTable table_;
  std::map<ConnectionId, PresenceEntry> model_;
};

TEST_P(PresenceTablePropertyTest, IsTheSameAsAMap) {
  for (int i = 0; i < 6000 && !HasFatalFailure(); ++i) {
    Step();
    if (i % 5 == 0) ExpectSame();
  }
}

TEST_P(PresenceTablePropertyTest, WhoStaysIsSeenExactlyOnceWhateverHappensBetweenPages) {
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 100; ++i) Step();
    std::set<Position> stayed;
    for (const auto& [connection, entry] : model_) stayed.emplace(entry.user.str(), connection);
    std::vector<Position> seen;
    Position position;
    while (ReadPage(position, 4, seen)) {
      for (int i = 0; i < 5; ++i) Step();
      std::erase_if(stayed, [&](const Position& each) {
        const auto found = model_.find(each.second);
        return found == model_.end() || found->second.user.str() != each.first;
      });
    }
    ASSERT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    const std::set<Position> once(seen.begin(), seen.end());
    ASSERT_EQ(once.size(), seen.size()) << "one was seen twice";
    for (const Position& each : stayed) ASSERT_TRUE(once.contains(each)) << each.first;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PresenceTablePropertyTest, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace edge
