#include "edge/room/room_policy.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

gatehouse::v1::Config Config() {
  gatehouse::v1::Config config;
  auto& normal = *config.mutable_default_namespace();
  normal.set_client_publish(true);
  normal.set_presence(true);
  normal.set_max_members(100);
  auto& news = *config.add_namespaces();
  news.set_name("news");
  news.set_client_publish(false);
  news.set_binary(true);
  news.set_presence(false);
  news.set_join_leave(true);
  news.set_max_members(7);
  return config;
}

TEST(RoomPoliciesTest, RoomsOfANamespaceHaveItsPolicy) {
  const RoomPolicies policies(Config());
  const RoomPolicy& news = policies.For("news:today");
  EXPECT_FALSE(news.client_publish);
  EXPECT_TRUE(news.binary);
  EXPECT_FALSE(news.presence);
  EXPECT_TRUE(news.join_leave);
  EXPECT_EQ(news.max_members, 7U);
}

TEST(RoomPoliciesTest, AllOthersHaveTheDefault) {
  const RoomPolicies policies(Config());
  for (const char* room :
       {"chat:1", "news", "newsroom:1", "lobby", "News:1", ":news", "chat:news:1"}) {
    EXPECT_EQ(policies.For(room).max_members, 100U) << room;
    EXPECT_TRUE(policies.For(room).client_publish) << room;
    EXPECT_FALSE(policies.For(room).join_leave) << room;
  }
}

TEST(RoomPoliciesTest, TheNamespaceEndsAtTheFirstColon) {
  const RoomPolicies policies(Config());
  EXPECT_EQ(policies.For("news:a:b").max_members, 7U);
  EXPECT_EQ(policies.For("news:").max_members, 7U);
}

TEST(RoomPoliciesTest, HookRulesMarkTheirNamespaces) {
  gatehouse::v1::Config config = Config();
  const auto add = [&](const char* hook) -> gatehouse::v1::HookRuleSettings& {
    auto& rule = *config.mutable_hooks()->add_rules();
    rule.set_hook(hook);
    return rule;
  };
  add("message").add_namespaces("news");
  add("message").add_namespaces("chat");
  add("join");
  add("connect");
  const RoomPolicies policies(config);
  EXPECT_TRUE(policies.For("news:1").ask_message);
  EXPECT_EQ(policies.For("news:1").max_members, 7U);
  // A namespace without a block of its own keeps the default's policy beside the mark.
  EXPECT_TRUE(policies.For("chat:1").ask_message);
  EXPECT_EQ(policies.For("chat:1").max_members, 100U);
  EXPECT_FALSE(policies.For("lobby").ask_message);
  for (const char* room : {"news:1", "chat:1", "lobby"}) {
    EXPECT_TRUE(policies.For(room).ask_join) << room;
  }
}

}  // namespace
}  // namespace edge
