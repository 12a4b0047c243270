// Pages are cut by their bytes as well: callers take answers of 4 MiB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/support/node_fixture.h"

namespace edge {
namespace {

constexpr size_t kMembers = 60;
constexpr size_t kInfoBytes = 45'000;  // of each; together above kMaxPageBytes
static_assert(kMembers * kInfoBytes > kMaxPageBytes);

class NodePageSizeTest : public testing::TestWithParam<uint32_t> {
 protected:
  NodePageSizeTest() {
    for (size_t i = 0; i < kMembers; ++i) {
      const std::string token = MintTestToken({.user = "user-" + std::to_string(i),
                                               .join = {"*"},
                                               .info = "\"" + std::string(kInfoBytes, 'x') + "\"",
                                               .issued_at_millis = SystemClock().UnixMillis(),
                                               .ttl_millis = 3'600'000});
      TestClient& client = clients.emplace_back();
      client.Connect(node->client_address());
      client.Send(UpgradeRequest("/ws/chat?token=" + token));
      EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
    }
  }

  TestNode node{GetParam(), [](gatehouse::v1::Config& config) {
                  config.mutable_client()->set_max_presence_info_size(64 << 10);
                  config.mutable_client()->set_max_header_size(256 << 10);
                  config.mutable_auth()->set_max_token_size(64 << 10);
                }};
  std::vector<TestClient> clients;
};
INSTANTIATE_TEST_SUITE_P(Shards, NodePageSizeTest, testing::Values(1, 2));

TEST_P(NodePageSizeTest, ConnectionsComeInPagesThatCoverThemOnce) {
  std::set<std::string> users;
  size_t pages = 0;
  ListConnectionsQuery query{.page = {.size = 1000}};
  do {
    const auto page = node.Ask<ConnectionPage>(
        [&](Done<ConnectionPage> done) { node->ListConnections(query, std::move(done)); });
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->connections.size() * kInfoBytes, kMaxPageBytes);
    for (const ConnectionEntry& entry : page->connections) {
      EXPECT_TRUE(users.insert(entry.user.str()).second) << entry.user.str() << " twice";
    }
    query.page.token = page->next_token;
    ++pages;
  } while (!query.page.token.empty());
  EXPECT_EQ(users.size(), kMembers);
  EXPECT_EQ(pages, 2U);
}

TEST_P(NodePageSizeTest, PresenceComesInPagesThatCoverItOnce) {
  for (const PresenceDetail detail : {PresenceDetail::kUsers, PresenceDetail::kConnections}) {
    std::set<std::string> users;
    size_t pages = 0;
    Page ask{.size = 1000};
    do {
      const auto page = node.Presence("chat", detail, ask);
      ASSERT_TRUE(page.ok());
      for (const auto& user : page->users) EXPECT_TRUE(users.insert(user.user.str()).second);
      for (const auto& each : page->connections) {
        EXPECT_TRUE(users.insert(each.user.str()).second);
      }
      EXPECT_LE((page->users.size() + page->connections.size() - 1) * kInfoBytes, kMaxPageBytes);
      ask.token = page->next_token;
      ++pages;
    } while (!ask.token.empty());
    EXPECT_EQ(users.size(), kMembers);
    EXPECT_EQ(pages, 2U);
  }
}

}  // namespace
}  // namespace edge
