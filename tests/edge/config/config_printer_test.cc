#include "edge/config/config_printer.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "edge/config/setting.h"
#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using gatehouse::v1::Config;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

// What differs when the printed configuration is loaded again, with the secrets given once more.
std::string RoundTripDifference(const Config& config, LoadAttempt& again) {
  again.File(PrintConfig(config));
  for (int i = 0; i < config.auth().keys_size(); ++i) {
    if (config.auth().keys(i).secret().empty()) continue;
    again.Variable("GATEHOUSE_AUTH_KEYS_" + std::to_string(i) + "_SECRET",
                   config.auth().keys(i).secret());
  }
  std::string difference;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  const Config loaded = again.Config();
  return differencer.Compare(config, loaded) ? "" : difference + PrintConfig(config);
}

TEST(ConfigPrinterTest, DefaultsLoadAgain) {
  LoadAttempt again;
  EXPECT_EQ(RoundTripDifference(LoadAttempt().Config(), again), "");
}

TEST(ConfigPrinterTest, DevelopmentLoadsAgain) {
  LoadAttempt attempt("");
  const Config config = attempt.Dev().Config();
  attempt.File(PrintConfig(config));
  const Config again = attempt.Config();
  EXPECT_TRUE(MessageDifferencer::Equals(config, again)) << PrintConfig(config);
}

TEST(ConfigPrinterTest, EverythingSetLoadsAgain) {
  LoadAttempt attempt;
  const std::string pem = attempt.folder.Write("key.pem", "x");
  const std::string file = R"(
node: {name: edge-1, shards: 3}
client: {listen: "[::1]:1", allowed_origins: ["https://*.example.com", "https://a.example"], ping_interval: 1500ms}
auth:
  keys:
    - {kid: a, algorithm: HS512, secret: "0123456789abcdef0123456789abcdef 'quoted' \"twice\""}
    - {kid: b, algorithm: ES256, public_key: "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"}
    - {kid: c, algorithm: RS256, public_key_file: PEM}
control:
  listen: 0.0.0.0:9090
  api_keys: [{name: s, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, rooms: ["chat:"]}]
  tls: {certificate_file: PEM, key_file: PEM, client_ca_file: PEM, clients: [{name: x, rpcs: [Kick, Ban]}]}
namespaces: [{name: chat, presence: false}, {name: live}]
)";
  std::string with_paths = file;
  for (size_t at = with_paths.find("PEM,"); at != std::string::npos; at = with_paths.find("PEM,")) {
    with_paths.replace(at, 3, pem);
  }
  for (size_t at = with_paths.find("PEM}"); at != std::string::npos; at = with_paths.find("PEM}")) {
    with_paths.replace(at, 3, pem);
  }
  LoadAttempt again;
  EXPECT_EQ(RoundTripDifference(attempt.File(with_paths).Config(), again), "");
}

class AwkwardTextTest : public testing::TestWithParam<const char*> {};

TEST_P(AwkwardTextTest, LoadsAgain) {
  Config config = LoadAttempt().Config();
  config.mutable_node()->set_name(GetParam());
  config.mutable_client()->add_allowed_origins(GetParam());
  LoadAttempt again;
  EXPECT_EQ(RoundTripDifference(config, again), "");
}

INSTANTIATE_TEST_SUITE_P(, AwkwardTextTest,
                         testing::Values("null", "~", "true", "no", "12", "0600", "- a", "a: b",
                                         "a:", ":a", "a #b", "#a", "!a", "&a", "*a", "@a", "`a",
                                         "%a", "? a", "| a", "> a", "[a]", "{a}", "a, b", "'a'",
                                         "\"a\"", "a\\b", "a\\n", "\\", " a ", "a\nb", "\n",
                                         "a\r\nb", "\ta", "---", "...", "<<", "=",
                                         "schl\xc3\xbcssel", "\xe2\x80\xa8", "\xc2\x85",
                                         "\xef\xbb\xbf"
                                         "a",
                                         "2026-01-01", ".", "_", "-", "+1"));

TEST(ConfigPrinterTest, NothingIsLeftOut) {
  const std::string printed = PrintConfig(DefaultConfig());
  EXPECT_THAT(printed, HasSubstr("  ping_interval: 25s\n"));
  EXPECT_THAT(printed, HasSubstr("  max_message_size: 64KiB\n"));
  EXPECT_THAT(printed, HasSubstr("  issuer: \"\"\n"));
  EXPECT_THAT(printed, HasSubstr("namespaces: []\n"));
  EXPECT_THAT(printed, HasSubstr("  tls:\n    certificate_file: \"\"\n"));
}

}  // namespace
}  // namespace edge
