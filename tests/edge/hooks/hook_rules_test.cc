#include "edge/hooks/hook_rules.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

gatehouse::v1::HookSettings TwoServices() {
  gatehouse::v1::HookSettings settings;
  settings.add_services()->set_name("a");
  settings.add_services()->set_name("b");
  return settings;
}

gatehouse::v1::HookRuleSettings& AddRule(gatehouse::v1::HookSettings& settings,
                                         const std::string& hook, const std::string& service) {
  auto& rule = *settings.add_rules();
  rule.set_hook(hook);
  rule.set_service(service);
  return rule;
}

TEST(HookRulesTest, WithoutARuleNobodyIsAsked) {
  const HookRules rules(TwoServices());
  EXPECT_TRUE(rules.empty());
  EXPECT_EQ(rules.Find(HookMethod::kConnect), nullptr);
  EXPECT_FALSE(rules.Wants(HookEventKind::kConnected));
}

TEST(HookRulesTest, TheFirstRuleThatFitsTheNamespaceDecides) {
  auto settings = TwoServices();
  AddRule(settings, "message", "a").add_namespaces("chat");
  AddRule(settings, "message", "b");
  const HookRules rules(settings);
  EXPECT_EQ(rules.Find(HookMethod::kMessage, "chat:1")->service, 0U);
  EXPECT_EQ(rules.Find(HookMethod::kMessage, "news:1")->service, 1U);
  EXPECT_EQ(rules.Find(HookMethod::kMessage, "chat")->service, 1U);
  EXPECT_EQ(rules.Find(HookMethod::kJoin, "chat:1"), nullptr);
}

TEST(HookRulesTest, MethodsAreMatchedByPattern) {
  auto settings = TwoServices();
  AddRule(settings, "rpc", "b").add_methods("cart.*");
  const HookRules rules(settings);
  EXPECT_EQ(rules.Find(HookMethod::kRpc, "cart.add")->service, 1U);
  EXPECT_EQ(rules.Find(HookMethod::kRpc, "user.add"), nullptr);
}

TEST(HookRulesTest, FailsClosedUnlessToldOtherwise) {
  auto settings = TwoServices();
  AddRule(settings, "connect", "a");
  AddRule(settings, "join", "a").set_on_failure("allow");
  const HookRules rules(settings);
  EXPECT_FALSE(rules.Find(HookMethod::kConnect)->fail_open);
  EXPECT_TRUE(rules.Find(HookMethod::kJoin, "r")->fail_open);
}

TEST(HookRulesTest, AllEventsOrThoseNamed) {
  auto settings = TwoServices();
  AddRule(settings, "events", "a");
  EXPECT_TRUE(HookRules(settings).Wants(HookEventKind::kLeft));
  settings.mutable_rules(0)->add_events("disconnected");
  const HookRules some(settings);
  EXPECT_TRUE(some.Wants(HookEventKind::kDisconnected));
  EXPECT_FALSE(some.Wants(HookEventKind::kConnected));
  EXPECT_FALSE(some.Wants(HookEventKind::kLeft));
}

}  // namespace
}  // namespace edge
