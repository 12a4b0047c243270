#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "{name: app, endpoints: [\"http://127.0.0.1:8000/hooks\"]}";

// What is said to a `hooks` block with this service and these rules.
std::string ErrorsOf(const std::string& service, const std::string& rules) {
  return LoadAttempt(kCompleteFile +
                     ("hooks:\n  services: [" + service + "]\n  rules: [" + rules + "]\n"))
      .Errors();
}

TEST(HookSettingRulesTest, ACompleteBlockIsTaken) {
  EXPECT_EQ(ErrorsOf(kService,
                     "{hook: connect, service: app}, {hook: message, service: app, "
                     "namespaces: [chat], on_failure: allow}"),
            "");
}

TEST(HookSettingRulesTest, AServiceHasEndpointsThatCanBeCalled) {
  EXPECT_THAT(ErrorsOf("{name: app}", ""), HasSubstr("hooks.services[0].endpoints: 0 are given"));
  for (const char* const bad : {"app:8000", "ftp://a/", "grpc://a", "grpc://a:1/path", "http://"}) {
    EXPECT_THAT(ErrorsOf(std::string("{name: app, endpoints: [\"") + bad + "\"]}", ""),
                HasSubstr("hooks.services[0].endpoints[0]"))
        << bad;
  }
}

TEST(HookSettingRulesTest, AServiceOfWorkersThatAttachCallsNobody) {
  EXPECT_EQ(ErrorsOf("{name: app, attached: true}", "{hook: connect, service: app}"), "");
  for (const char* const more :
       {"endpoints: [\"http://a\"]", "signing_keys: [{secret: 0123456789abcdef0123456789abcdef}]",
        "bearer: b", "tls: {ca_file: /dev/null}"}) {
    EXPECT_THAT(ErrorsOf(std::string("{name: app, attached: true, ") + more + "}", ""),
                HasSubstr("is for services with endpoints"))
        << more;
  }
}

TEST(HookSettingRulesTest, WorkersNeedAControlApiToDial) {
  EXPECT_THAT(LoadAttempt("auth: {keys: [{algorithm: HS256, secret: "
                          "0123456789abcdef0123456789abcdef}]}\n"
                          "control: {listen: \"\"}\n"
                          "hooks: {services: [{name: app, attached: true}]}\n")
                  .Errors(),
              HasSubstr("hooks.services[0].attached"));
}

TEST(HookSettingRulesTest, NamesAreDistinctAndKnown) {
  EXPECT_THAT(ErrorsOf(std::string(kService) + ", " + kService, ""),
              HasSubstr("hooks.services[1].name"));
  EXPECT_THAT(ErrorsOf(kService, "{hook: connect, service: other}"),
              HasSubstr("\"other\" is not in hooks.services"));
}

TEST(HookSettingRulesTest, SigningKeysAreLongAndAtMostTwo) {
  const auto keys = [](const std::string& list) {
    return ErrorsOf("{name: app, endpoints: [\"http://a\"], signing_keys: [" + list + "]}", "");
  };
  const std::string good = "{secret: 0123456789abcdef0123456789abcdef}";
  EXPECT_EQ(keys(good + ", " + good), "");
  EXPECT_THAT(keys("{secret: hunter2}"),
              AllOf(HasSubstr("signing_keys[0]"), HasSubstr("7 bytes"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(keys("{}"), HasSubstr("exactly one of secret, secret_file"));
  EXPECT_THAT(keys(good + ", " + good + ", " + good), HasSubstr("at most 2"));
}

TEST(HookSettingRulesTest, AListThatARuleDoesNotLookAtIsAnError) {
  const auto rule = [](const std::string& more) {
    return ErrorsOf(kService, "{service: app, " + more + "}");
  };
  EXPECT_THAT(rule("hook: connect, namespaces: [chat]"), HasSubstr("join and message only"));
  EXPECT_THAT(rule("hook: message, methods: [a]"), HasSubstr("rpc only"));
  EXPECT_THAT(rule("hook: rpc, events: [joined]"), HasSubstr("events only"));
  EXPECT_THAT(rule("hook: rpc, on_failure: allow"), HasSubstr("on_failure"));
  EXPECT_THAT(rule("hook: message, namespaces: [\"a:b\"]"), HasSubstr("is no namespace"));
  EXPECT_THAT(rule("hook: events, events: [born]"), HasSubstr("is no event"));
  EXPECT_THAT(rule("hook: connect, on_failure: maybe"), HasSubstr("on_failure"));
}

TEST(HookSettingRulesTest, WhatHasNoNamespaceIsRuledOnce) {
  EXPECT_THAT(ErrorsOf(kService, "{hook: connect, service: app}, {hook: connect, service: app}"),
              HasSubstr("hooks.rules[1]"));
}

TEST(HookSettingRulesTest, WithAConnectHookThereMayBeNoKey) {
  const std::string rest = std::string("control: {listen: \"\"}\nhooks: {services: [") + kService +
                           "], rules: [{hook: HOOK, service: app}]}\n";
  const auto with = [&](const std::string& hook) {
    std::string yaml = rest;
    return LoadAttempt(yaml.replace(yaml.find("HOOK"), 4, hook)).Errors();
  };
  EXPECT_EQ(with("connect"), "");
  EXPECT_THAT(with("join"), HasSubstr("auth.keys: at least one key is needed"));
}

}  // namespace
}  // namespace edge
