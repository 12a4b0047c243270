#include "edge/config/config_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A complete file but for its keys: the flow list `keys`.
std::string WithKeys(const std::string& keys) {
  return "auth:\n  keys: " + keys + "\ncontrol: {listen: \"\"}\n";
}
const std::string kSecret32(32, 's');

std::string Hmac(const std::string& more) {
  return "{algorithm: HS256, " + more + "}";
}

TEST(ConfigRulesTest, StartWithoutAKeyIsRefused) {
  EXPECT_THAT(LoadAttempt("control: {listen: \"\"}\n").Errors(),
              HasSubstr("auth.keys: at least one key is needed"));
  EXPECT_THAT(LoadAttempt(WithKeys("[]")).Errors(),
              HasSubstr("gatehouse.yaml:2: auth.keys: at least one"));
}

TEST(ConfigRulesTest, KeyNeedsAnAlgorithm) {
  EXPECT_THAT(
      LoadAttempt(WithKeys("[{secret: " + kSecret32 + "}]")).Errors(),
      HasSubstr("gatehouse.yaml:2: auth.keys[0].algorithm: is missing; allowed: one of HS256"));
}

TEST(ConfigRulesTest, KeyNeedsExactlyOneSource) {
  EXPECT_EQ(LoadAttempt(WithKeys("[{algorithm: HS256}]")).Errors(),
            "gatehouse.yaml:2: auth.keys[0]: HS256 needs exactly one of secret, secret_file; "
            "given: none");
  LoadAttempt two;
  const std::string path = two.folder.Write("secret", kSecret32);
  EXPECT_THAT(
      two.File(WithKeys("[" + Hmac("secret: " + kSecret32 + ", secret_file: " + path) + "]"))
          .Errors(),
      HasSubstr("given: secret, secret_file"));
}

TEST(ConfigRulesTest, SourceMustGoWithTheAlgorithm) {
  EXPECT_THAT(
      LoadAttempt(WithKeys("[{algorithm: RS256, secret: " + kSecret32 + "}]")).Errors(),
      HasSubstr(
          "auth.keys[0].secret: does not go with RS256; allowed: public_key, public_key_file"));
  EXPECT_THAT(LoadAttempt(WithKeys("[" + Hmac("public_key: PEM") + "]")).Errors(),
              HasSubstr("auth.keys[0].public_key: does not go with HS256"));
}

TEST(ConfigRulesTest, SecretHasAtLeast32Bytes) {
  EXPECT_EQ(LoadAttempt(WithKeys("[" + Hmac("secret: " + kSecret32) + "]")).Errors(), "");
  EXPECT_THAT(LoadAttempt(WithKeys("[" + Hmac("secret: " + kSecret32.substr(1)) + "]")).Errors(),
              HasSubstr("auth.keys[0].secret: the secret is 31 bytes, the least allowed is 32"));
}

TEST(ConfigRulesTest, SecretInAFileHasAtLeast32BytesBesideItsNewline) {
  LoadAttempt attempt;
  const std::string path = attempt.folder.Write("secret", kSecret32 + "\n");
  attempt.File(WithKeys("[" + Hmac("secret_file: " + path) + "]"));
  EXPECT_EQ(attempt.Errors(), "");
  attempt.folder.Write("secret", kSecret32.substr(1) + "\n");
  EXPECT_THAT(attempt.Errors(), HasSubstr("auth.keys[0].secret_file: the secret is 31 bytes"));
}

TEST(ConfigRulesTest, NoTwoKeysHaveTheSameKid) {
  const std::string key = Hmac("kid: a, secret: " + kSecret32);
  EXPECT_EQ(LoadAttempt(WithKeys("[" + key + ", " + key + "]")).Errors(),
            "gatehouse.yaml:2: auth.keys[1].kid: \"a\" is the kid of auth.keys[0] as well; each "
            "key needs its own");
}

TEST(ConfigRulesTest, OnlyOneKeyMayLackAKid) {
  const std::string key = Hmac("secret: " + kSecret32);
  EXPECT_THAT(LoadAttempt(WithKeys("[" + key + ", " + key + "]")).Errors(),
              HasSubstr("auth.keys[1].kid: \"\""));
}

TEST(ConfigRulesTest, EveryKeyIsChecked) {
  EXPECT_THAT(
      LoadAttempt(WithKeys("[{algorithm: HS256, kid: a}, {algorithm: ES256, kid: b}]")).Errors(),
      AllOf(HasSubstr("auth.keys[0]: HS256 needs"), HasSubstr("auth.keys[1]: ES256 needs")));
}

TEST(ConfigRulesTest, NamedFilesMustBeReadable) {
  LoadAttempt attempt;
  const std::string missing = attempt.folder.path() + "/missing.pem";
  attempt.File(WithKeys("[{algorithm: ES256, public_key_file: " + missing + "}]"));
  EXPECT_THAT(attempt.Errors(), HasSubstr("gatehouse.yaml:2: auth.keys[0].public_key_file: \""));
  EXPECT_THAT(attempt.Errors(), HasSubstr("cannot be read: No such file or directory"));
  std::filesystem::create_directory(missing);
  EXPECT_THAT(attempt.Errors(), HasSubstr("cannot be read: Is a directory"));
}

TEST(ConfigRulesTest, AnyOriginIsForDevelopmentOnly) {
  LoadAttempt attempt(std::string(kCompleteFile) +
                      "client:\n  allowed_origins:\n    - https://a.example\n    - \"*\"\n");
  EXPECT_THAT(
      attempt.Errors(),
      HasSubstr("gatehouse.yaml:12: client.allowed_origins[1]: \"*\" lets any page connect"));
  EXPECT_EQ(attempt.Dev().Errors(), "");
}

TEST(ConfigRulesTest, AnyOriginOfTheEnvironmentIsRefusedToo) {
  EXPECT_THAT(LoadAttempt().Variable("GATEHOUSE_CLIENT_ALLOWED_ORIGINS", "*").Errors(),
              HasSubstr("GATEHOUSE_CLIENT_ALLOWED_ORIGINS: client.allowed_origins[0]: \"*\""));
}

TEST(ConfigRulesTest, RequiredSettingMustNotBeEmptied) {
  EXPECT_EQ(LoadAttempt().Variable("GATEHOUSE_CLIENT_LISTEN", "").Errors(),
            "GATEHOUSE_CLIENT_LISTEN: client.listen: must not be empty; allowed: HOST:PORT or "
            "[IPV6]:PORT");
}

TEST(ConfigRulesTest, DefaultNamespaceHasNoName) {
  EXPECT_THAT(LoadAttempt(std::string(kCompleteFile) + "default_namespace: {name: x}\n").Errors(),
              HasSubstr("default_namespace.name: \"x\" must be empty"));
}

TEST(ConfigRulesTest, NamespacesAreNamedOnceAndWithoutColon) {
  const std::string errors =
      LoadAttempt(std::string(kCompleteFile) +
                  "namespaces:\n  - name: chat\n  - name: chat\n  - name: a:b\n"
                  "  - name: a b\n  - presence: true\n")
          .Errors();
  EXPECT_EQ(errors,
            "gatehouse.yaml:11: namespaces[1].name: \"chat\" is the name of namespaces[0] as well\n"
            "gatehouse.yaml:12: namespaces[2].name: \"a:b\" is no namespace; allowed: 1 to 255 of "
            "A-Z a-z 0-9 "
            "_-.#@/=+~,!$\n"
            "gatehouse.yaml:13: namespaces[3].name: \"a b\" is no namespace; allowed: 1 to 255 of "
            "A-Z a-z 0-9 "
            "_-.#@/=+~,!$\n"
            "gatehouse.yaml:14: namespaces[4].name: is missing; rooms without a namespace follow "
            "default_namespace");
}

TEST(ConfigRulesTest, ListenersDoNotShareAPort) {
  LoadAttempt attempt;
  attempt.Flag("client.listen", "0.0.0.0:9091");
  EXPECT_THAT(attempt.Errors(),
              HasSubstr("admin.listen: \"127.0.0.1:9091\" is taken by client.listen"));
  attempt.Flag("client.listen", "10.0.0.1:9091");
  EXPECT_EQ(attempt.Errors(), "");
}

TEST(ConfigRulesTest, ListenersMayAllTakeAFreePort) {
  EXPECT_EQ(LoadAttempt()
                .Flag("client.listen", "127.0.0.1:0")
                .Flag("control.listen", "127.0.0.1:0")
                .Flag("admin.listen", "127.0.0.1:0")
                .Errors(),
            "");
}

}  // namespace
}  // namespace edge
