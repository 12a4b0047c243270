#include "edge/presence/presence_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ConnectionId Connection(uint32_t slot) {
  return {.node = 1, .nonce = 2, .shard = 0, .slot = slot};
}

PresenceEntry Entry(const char* user, uint32_t slot, std::string info = "", int64_t joined = 0) {
  return {Connection(slot), UserId(user), std::move(info), joined};
}

std::vector<std::string> Connections(const PresenceTable& table, std::string_view after_user = "",
                                     ConnectionId after = {}, size_t limit = 1000) {
  std::vector<std::string> page;
  table.PageConnections(after_user, after, [&](const PresenceEntry& entry) {
    if (page.size() == limit) return false;
    page.push_back(entry.user.str() + "/" + std::to_string(entry.connection.slot));
    return true;
  });
  return page;
}

std::vector<std::string> Users(const PresenceTable& table, std::string_view after = "",
                               size_t limit = 1000) {
  std::vector<std::string> page;
  table.PageUsers(after, [&](const PresenceTable::User& user) {
    if (page.size() == limit) return false;
    page.push_back(std::string(user.user) + "*" + std::to_string(user.connections));
    return true;
  });
  return page;
}

TEST(PresenceTableTest, FirstConnectionOfAUserIsAnEdge) {
  PresenceTable table;
  EXPECT_TRUE(table.Add(Entry("alice", 1))->user_edge);
  EXPECT_FALSE(table.Add(Entry("alice", 2))->user_edge);
  EXPECT_TRUE(table.Add(Entry("bob", 3))->user_edge);
  EXPECT_EQ(table.users(), 2U);
  EXPECT_EQ(table.connections(), 3U);
}

TEST(PresenceTableTest, LastConnectionOfAUserIsAnEdge) {
  PresenceTable table;
  for (const uint32_t slot : {1, 2, 3}) table.Add(Entry("alice", slot));
  EXPECT_FALSE(table.Remove(Connection(2))->user_edge);
  EXPECT_FALSE(table.Remove(Connection(1))->user_edge);
  EXPECT_TRUE(table.Remove(Connection(3))->user_edge);
  EXPECT_EQ(table.users(), 0U);
  EXPECT_EQ(table.connections(), 0U);
}

TEST(PresenceTableTest, UsersWhoseNamesBeginAlikeAreNotOne) {
  PresenceTable table;
  EXPECT_TRUE(table.Add(Entry("al", 1))->user_edge);
  EXPECT_TRUE(table.Add(Entry("alice", 2))->user_edge);
  EXPECT_TRUE(table.Add(Entry("a", 3))->user_edge);
  EXPECT_TRUE(table.Remove(Connection(1))->user_edge);
}

TEST(PresenceTableTest, ChangesCarryTheEntry) {
  PresenceTable table;
  const auto added = table.Add(Entry("alice", 1, "{}", 5));
  EXPECT_EQ(added->entry.user, UserId("alice"));
  EXPECT_EQ(added->entry.connection, Connection(1));
  EXPECT_EQ(added->entry.info, "{}");
  const auto removed = table.Remove(Connection(1));
  EXPECT_EQ(removed->entry.user, UserId("alice"));
  EXPECT_EQ(removed->entry.connection, Connection(1));
  EXPECT_EQ(removed->entry.info, "{}");
  EXPECT_EQ(removed->entry.joined_unix_millis, 5);
}

TEST(PresenceTableTest, AConnectionIsInOnceWhoeverItSaysItIs) {
  PresenceTable table;
  table.Add(Entry("alice", 1, "first"));
  EXPECT_FALSE(table.Add(Entry("alice", 1)).has_value());
  EXPECT_FALSE(table.Add(Entry("bob", 1)).has_value());
  EXPECT_EQ(table.users(), 1U);
  EXPECT_THAT(Connections(table), ElementsAre("alice/1"));
}

TEST(PresenceTableTest, RemoveOfAStrangerChangesNothing) {
  PresenceTable table;
  table.Add(Entry("alice", 1));
  EXPECT_FALSE(table.Remove(Connection(2)).has_value());
  EXPECT_EQ(table.connections(), 1U);
  EXPECT_TRUE(table.Contains(Connection(1)));
  EXPECT_FALSE(table.Contains(Connection(2)));
}

TEST(PresenceTableTest, UpdateChangesTheInfoOnly) {
  PresenceTable table;
  table.Add(Entry("alice", 1, "old", 5));
  const auto change = table.UpdateInfo(Connection(1), "new");
  EXPECT_EQ(change->entry.info, "new");
  EXPECT_EQ(change->entry.joined_unix_millis, 5);
  EXPECT_FALSE(change->user_edge);
  EXPECT_FALSE(table.UpdateInfo(Connection(2), "x").has_value());
  EXPECT_EQ(table.Remove(Connection(1))->entry.info, "new");
}

TEST(PresenceTableTest, AUserHasTheInfoOfTheNewestAndTheTimeOfTheOldestConnection) {
  PresenceTable table;
  table.Add(Entry("alice", 1, "middle", 20));
  table.Add(Entry("alice", 2, "newest", 30));
  table.Add(Entry("alice", 3, "oldest", 10));
  std::string info;
  int64_t joined = 0;
  table.PageUsers("", [&](const PresenceTable::User& user) {
    info = user.info;
    joined = user.joined_unix_millis;
    return true;
  });
  EXPECT_EQ(info, "newest");
  EXPECT_EQ(joined, 10);
}

TEST(PresenceTableTest, PagesComeInOrderAndGoOnAfterAPosition) {
  PresenceTable table;
  for (const uint32_t slot : {9, 2, 5}) table.Add(Entry("bob", slot));
  table.Add(Entry("alice", 7));
  table.Add(Entry("carl", 1));
  EXPECT_THAT(Connections(table, "", {}, 2), ElementsAre("alice/7", "bob/2"));
  EXPECT_THAT(Connections(table, "bob", Connection(2), 2), ElementsAre("bob/5", "bob/9"));
  EXPECT_THAT(Connections(table, "bob", Connection(9), 2), ElementsAre("carl/1"));
  EXPECT_THAT(Connections(table, "carl", Connection(1), 2), IsEmpty());
}

TEST(PresenceTableTest, APageGoesOnWhenWhoItStoppedAtHasLeft) {
  PresenceTable table;
  for (const uint32_t slot : {1, 2, 3, 4}) table.Add(Entry("bob", slot));
  EXPECT_THAT(Connections(table, "", {}, 2), ElementsAre("bob/1", "bob/2"));
  table.Remove(Connection(2));
  table.Remove(Connection(1));
  table.Add(Entry("alice", 9));
  EXPECT_THAT(Connections(table, "bob", Connection(2), 2), ElementsAre("bob/3", "bob/4"));
}

TEST(PresenceTableTest, PagesOfUsersGoOnAfterAllConnectionsOfOne) {
  PresenceTable table;
  for (const uint32_t slot : {1, 2}) table.Add(Entry("alice", slot));
  table.Add({{.node = 0xffffffff,
              .nonce = 0xffffffff,
              .shard = 255,
              .slot = 0xffffff,
              .generation = 0xffffffff},
             UserId("alice"),
             "",
             0});
  table.Add(Entry("alice2", 3));
  table.Add(Entry("bob", 4));
  EXPECT_THAT(Users(table, "", 1), ElementsAre("alice*3"));
  EXPECT_THAT(Users(table, "alice", 1), ElementsAre("alice2*1"));
  EXPECT_THAT(Users(table, "alice2"), ElementsAre("bob*1"));
  EXPECT_THAT(Users(table, "alice1"), ElementsAre("alice2*1", "bob*1"));
  EXPECT_THAT(Users(table, "bob"), IsEmpty());
}

TEST(PresenceTableTest, EmptyTableHasNoPages) {
  const PresenceTable table;
  EXPECT_THAT(Users(table), IsEmpty());
  EXPECT_THAT(Connections(table), IsEmpty());
}

}  // namespace
}  // namespace edge
