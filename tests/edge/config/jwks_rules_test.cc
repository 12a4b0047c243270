#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What is said to key sets beside whatever `auth` has else.
std::string ErrorsOf(const std::string& sets, const std::string& auth = "") {
  return LoadAttempt("auth:\n  jwks: [" + sets + "]\n" + auth).Errors();
}
std::string Url(const std::string& url, const std::string& more = "") {
  return "{issuer: a, url: \"" + url + "\"" + more + "}";
}

TEST(JwksRulesTest, KeySetsAreEnoughToStartWith) {
  const std::string errors = ErrorsOf(Url("https://id.example.com/jwks.json"));
  EXPECT_THAT(errors, Not(HasSubstr("auth.")));
}

TEST(JwksRulesTest, HttpIsForLoopbackOnly) {
  for (const char* good : {"http://127.0.0.1:80/a", "http://[::1]/a", "http://localhost:8000/a"}) {
    EXPECT_THAT(ErrorsOf(Url(good)), Not(HasSubstr("auth.jwks"))) << good;
  }
  for (const char* bad : {"http://id.example.com/a", "http://10.0.0.1/a", "ftp://127.0.0.1/a",
                          "http://127.example.com/a", "id.example.com", "https://h/a?b=c"}) {
    EXPECT_THAT(ErrorsOf(Url(bad)), HasSubstr("auth.jwks[0].url")) << bad;
  }
}

TEST(JwksRulesTest, ASetComesFromOnePlace) {
  EXPECT_THAT(ErrorsOf("{issuer: a}"), HasSubstr("exactly one of url, file"));
  EXPECT_THAT(ErrorsOf("{issuer: a, url: \"https://h/a\", file: /dev/null}"),
              HasSubstr("exactly one of url, file"));
  EXPECT_THAT(ErrorsOf("{url: \"https://h/a\"}"), HasSubstr("auth.jwks[0].issuer"));
  EXPECT_THAT(ErrorsOf(Url("http://127.0.0.1/a", ", ca_file: /dev/null")),
              HasSubstr("auth.jwks[0].ca_file"));
}

TEST(JwksRulesTest, IssuersAreDistinctAndNotThatOfTheFixedKeys) {
  const std::string set = Url("https://h/a");
  EXPECT_THAT(ErrorsOf(set + ", " + set), HasSubstr("auth.jwks[1].issuer"));
  const std::string keys =
      "  issuer: a\n  keys: [{algorithm: HS256, secret: " + std::string(32, 's') + "}]\n";
  EXPECT_THAT(ErrorsOf(set, keys), HasSubstr("auth.jwks[0].issuer"));
}

TEST(JwksRulesTest, SharedSecretsAreNoAlgorithmOfASet) {
  EXPECT_THAT(ErrorsOf(Url("https://h/a", ", algorithms: [RS256, EdDSA]")),
              Not(HasSubstr("auth.jwks")));
  EXPECT_THAT(ErrorsOf(Url("https://h/a", ", algorithms: [RS256, HS256]")),
              HasSubstr("auth.jwks[0].algorithms[1]"));
}

TEST(JwksRulesTest, ThereAreAtMostSixteen) {
  std::string sets;
  for (int i = 0; i < 17; ++i) {
    sets += (i == 0 ? "" : ", ") + ("{issuer: i" + std::to_string(i) + ", url: \"https://h/a\"}");
  }
  EXPECT_THAT(ErrorsOf(sets), HasSubstr("17 are given; allowed: at most 16"));
}

}  // namespace
}  // namespace edge
