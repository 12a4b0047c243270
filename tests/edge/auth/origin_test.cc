#include "edge/auth/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

OriginRules Rules(const std::vector<std::string>& allowed) {
  auto rules = OriginRules::Parse(allowed);
  EXPECT_TRUE(rules.ok()) << rules.status();
  return rules.ok() ? *rules : OriginRules();
}

TEST(OriginRulesTest, AllowNothingWithoutARule) {
  EXPECT_FALSE(Rules({}).Allows("https://app.example.com"));
  EXPECT_FALSE(Rules({}).Allows(""));
}

TEST(OriginRulesTest, ExactRuleAllowsThatOriginOnly) {
  const OriginRules rules = Rules({"https://app.example.com"});
  EXPECT_TRUE(rules.Allows("https://app.example.com"));
  EXPECT_FALSE(rules.Allows("http://app.example.com"));
  EXPECT_FALSE(rules.Allows("https://app.example.com.evil.test"));
  EXPECT_FALSE(rules.Allows("https://evil.test"));
  EXPECT_FALSE(rules.Allows("https://xapp.example.com"));
  EXPECT_FALSE(rules.Allows("https://a.app.example.com"));
}

TEST(OriginRulesTest, CaseOfSchemeAndHostDoesNotMatter) {
  EXPECT_TRUE(Rules({"https://App.Example.com"}).Allows("HTTPS://app.EXAMPLE.com"));
}

TEST(OriginRulesTest, DefaultPortIsTheSameAsNone) {
  EXPECT_TRUE(Rules({"https://a.test"}).Allows("https://a.test:443"));
  EXPECT_TRUE(Rules({"https://a.test:443"}).Allows("https://a.test"));
  EXPECT_TRUE(Rules({"http://a.test"}).Allows("http://a.test:80"));
  EXPECT_FALSE(Rules({"http://a.test"}).Allows("http://a.test:443"));
}

TEST(OriginRulesTest, AnotherPortIsAnotherOrigin) {
  const OriginRules rules = Rules({"http://localhost:3000"});
  EXPECT_TRUE(rules.Allows("http://localhost:3000"));
  EXPECT_FALSE(rules.Allows("http://localhost:3001"));
  EXPECT_FALSE(rules.Allows("http://localhost"));
  EXPECT_FALSE(rules.Allows("http://localhost:30000"));
  EXPECT_FALSE(rules.Allows("http://localhost:03000"));
}

TEST(OriginRulesTest, WildcardStandsForOneOrMoreLabels) {
  const OriginRules rules = Rules({"https://*.example.com"});
  EXPECT_TRUE(rules.Allows("https://a.example.com"));
  EXPECT_TRUE(rules.Allows("https://a.b.example.com"));
  EXPECT_TRUE(rules.Allows("https://A.Example.Com:443"));
  EXPECT_FALSE(rules.Allows("https://example.com"));
  EXPECT_FALSE(rules.Allows("https://.example.com"));
  EXPECT_FALSE(rules.Allows("http://a.example.com"));
  EXPECT_FALSE(rules.Allows("https://a.example.com:8443"));
  EXPECT_FALSE(rules.Allows("https://evilexample.com"));
  EXPECT_FALSE(rules.Allows("https://a.example.com.evil.test"));
}

TEST(OriginRulesTest, WildcardWithAPort) {
  const OriginRules rules = Rules({"http://*.test:8080"});
  EXPECT_TRUE(rules.Allows("http://a.test:8080"));
  EXPECT_FALSE(rules.Allows("http://a.test"));
}

TEST(OriginRulesTest, WildcardIsNotFooledByWhatIsNoHostName) {
  const OriginRules rules = Rules({"https://*.example.com"});
  for (const char* origin :
       {"https://evil.test/.example.com", "https://evil.test?.example.com",
        "https://evil.test#.example.com", "https://evil.test:1.example.com",
        "https://evil.test:1.example.com:443", "https://user@a.example.com",
        "https://[::1].example.com", "https://*.example.com", "https://a..example.com",
        "https://evil.test\\.example.com", "https://evil.test%2f.example.com",
        "https://evil.test .example.com", "https://evil.test\n.example.com"}) {
    EXPECT_FALSE(rules.Allows(origin)) << origin;
  }
}

TEST(OriginRulesTest, TrailingDotIsAnotherHost) {
  EXPECT_FALSE(Rules({"https://a.test"}).Allows("https://a.test."));
  EXPECT_FALSE(Rules({"https://*.test"}).Allows("https://a.test."));
  EXPECT_TRUE(Rules({"https://a.test."}).Allows("https://a.test."));
}

TEST(OriginRulesTest, NamesOfOtherScriptsComeAsBrowsersSendThem) {
  EXPECT_TRUE(Rules({"https://xn--mnchen-3ya.test"}).Allows("https://xn--mnchen-3ya.test"));
  EXPECT_FALSE(OriginRules::Parse({"https://m\xc3\xbcnchen.test"}).ok());
  EXPECT_FALSE(Rules({"https://*.test"}).Allows("https://m\xc3\xbcnchen.test"));
}

TEST(OriginRulesTest, Ipv6AddressesWithAndWithoutPort) {
  EXPECT_TRUE(Rules({"http://[::1]:3000"}).Allows("http://[::1]:3000"));
  EXPECT_TRUE(Rules({"http://[::1]"}).Allows("http://[::1]:80"));
  EXPECT_FALSE(Rules({"http://[::1]"}).Allows("http://[::2]"));
}

TEST(OriginRulesTest, SchemesWithoutADefaultPortAreCompared) {
  const OriginRules rules = Rules({"chrome-extension://abcdef"});
  EXPECT_TRUE(rules.Allows("chrome-extension://abcdef"));
  EXPECT_FALSE(rules.Allows("chrome-extension://abcdeg"));
}

TEST(OriginRulesTest, NullIsAllowedByTheStarOnly) {
  EXPECT_FALSE(Rules({"https://*.example.com", "http://localhost"}).Allows("null"));
  EXPECT_TRUE(Rules({"*"}).Allows("null"));
  EXPECT_FALSE(OriginRules::Parse({"null"}).ok());
}

TEST(OriginRulesTest, StarAllowsEveryOrigin) {
  EXPECT_TRUE(Rules({"*"}).Allows("https://anything.test"));
  EXPECT_TRUE(Rules({"https://a.test", "*"}).Allows("http://b.test:1"));
}

TEST(OriginRulesTest, RefuseEntriesThatAreNoOrigin) {
  for (const char* entry : {"",
                            "example.com",
                            "https://",
                            "https://a.test/",
                            "https://a.test/path",
                            "https://a.*.test",
                            "https://*",
                            "https://*.",
                            "https://*:443",
                            "https://*.*.test",
                            "https://a*.test",
                            "*.test",
                            "https://x*",
                            "https://a.test:",
                            "https://a.test:0",
                            "https://a.test:65536",
                            "https://a.test:99999",
                            "https://a.test:x",
                            "://a.test",
                            "ht tp://a.test",
                            "https://a b.test",
                            "https://.test",
                            "http://::1",
                            "http://[::1",
                            "http://*.[::1]"}) {
    EXPECT_FALSE(OriginRules::Parse({entry}).ok()) << entry;
  }
}

TEST(OriginRulesTest, NameEveryBadEntry) {
  const auto rules = OriginRules::Parse({"https://good.test", "bad one", "https://also/bad"});
  ASSERT_EQ(rules.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(rules.status().message());
  EXPECT_THAT(message, HasSubstr("bad one"));
  EXPECT_THAT(message, HasSubstr("https://also/bad"));
  EXPECT_THAT(message, Not(HasSubstr("good.test")));
}

}  // namespace
}  // namespace edge
