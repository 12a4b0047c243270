#include "edge/config/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using gatehouse::v1::Config;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConfigLoaderTest, DefaultsHoldWhereNothingIsGiven) {
  const Config config = LoadAttempt().Config();
  EXPECT_EQ(config.client().listen(), "0.0.0.0:8080");
  EXPECT_EQ(config.log().level(), "info");
  EXPECT_EQ(config.drain().timeout(), 25000);
}

TEST(ConfigLoaderTest, FileGoesOverDefaults) {
  const Config config = LoadAttempt(std::string(kCompleteFile) + "log: {level: warn}\n").Config();
  EXPECT_EQ(config.log().level(), "warn");
}

TEST(ConfigLoaderTest, EnvironmentGoesOverTheFile) {
  const Config config = LoadAttempt(std::string(kCompleteFile) + "log: {level: warn}\n")
                            .Variable("GATEHOUSE_LOG_LEVEL", "error")
                            .Config();
  EXPECT_EQ(config.log().level(), "error");
}

TEST(ConfigLoaderTest, FlagsGoOverTheEnvironment) {
  const Config config = LoadAttempt(std::string(kCompleteFile) + "log: {level: warn}\n")
                            .Variable("GATEHOUSE_LOG_LEVEL", "error")
                            .Flag("log.level", "debug")
                            .Config();
  EXPECT_EQ(config.log().level(), "debug");
}

TEST(ConfigLoaderTest, EnvironmentNamesTheFileWhenNoOptionDoes) {
  LoadAttempt attempt(std::string(kCompleteFile) + "log: {level: warn}\n");
  attempt.Variable("GATEHOUSE_CONFIG", *attempt.sources.file);
  attempt.sources.file.reset();
  EXPECT_EQ(attempt.Config().log().level(), "warn");
}

TEST(ConfigLoaderTest, OptionForTheFileGoesOverTheEnvironment) {
  EXPECT_EQ(LoadAttempt().Variable("GATEHOUSE_CONFIG", "/nonexistent").Errors(), "");
}

TEST(ConfigLoaderTest, FileThatCannotBeReadIsTheOnlyFinding) {
  LoadAttempt attempt;
  attempt.sources.file = attempt.folder.path() + "/missing.yaml";
  EXPECT_EQ(attempt.Errors(), "missing.yaml: cannot be read: No such file or directory");
  attempt.sources.file = attempt.folder.path();
  EXPECT_THAT(attempt.Errors(), HasSubstr("Is a directory"));
  attempt.sources.file = "";
  EXPECT_THAT(attempt.Errors(), HasSubstr("--config \"\""));
}

TEST(ConfigLoaderTest, FileWithoutEndIsRefused) {
  LoadAttempt attempt;
  attempt.sources.file = "/dev/zero";
  EXPECT_THAT(attempt.Errors(), HasSubstr("larger than"));
}

TEST(ConfigLoaderTest, FileThatIsNoYamlIsTheOnlyFindingOfTheFile) {
  EXPECT_EQ(
      LoadAttempt("log: [\n").Variable("GATEHOUSE_LOG_LEVEL", "loud").Errors(),
      "gatehouse.yaml:2: not YAML: end of sequence flow not found\n"
      "GATEHOUSE_LOG_LEVEL: log.level: \"loud\" is not allowed; one of debug, info, warn, error");
}

TEST(ConfigLoaderTest, AllErrorsOfAllSourcesAreSaidAtOnce) {
  const std::string errors = LoadAttempt(std::string(kCompleteFile) +
                                         "client:\n"
                                         "  lisen: 1.2.3.4:5\n"
                                         "  max_rooms: 0\n"
                                         "  ping_interval: 25\n")
                                 .Variable("GATEHOUSE_DRAIN_TIMEOUT", "soon")
                                 .Variable("GATEHOUSE_CLIENT_LISEN", "1.2.3.4:5")
                                 .Flag("client.max_error", "5")
                                 .Flag("admin.listen", "everywhere")
                                 .Errors();
  EXPECT_EQ(errors,
            "gatehouse.yaml:10: client.lisen: unknown key; did you mean listen?\n"
            "gatehouse.yaml:11: client.max_rooms: \"0\" is below the least allowed, 1\n"
            "gatehouse.yaml:12: client.ping_interval: \"25\" is no time; write it like 500ms, 25s, "
            "5m or 1h, 1s to 1h\n"
            "GATEHOUSE_CLIENT_LISEN: no setting has this variable; did you mean "
            "GATEHOUSE_CLIENT_LISTEN?\n"
            "GATEHOUSE_DRAIN_TIMEOUT: drain.timeout: \"soon\" is no time; write it like 500ms, "
            "25s, 5m or 1h, 100ms to 1h\n"
            "--set: \"client.max_error\": unknown key; did you mean client.max_errors?\n"
            "--set: admin.listen: \"everywhere\" is no address; write HOST:PORT or [IPV6]:PORT");
}

TEST(ConfigLoaderTest, RulesAreCheckedBesideBadValues) {
  EXPECT_THAT(LoadAttempt("client:\n  max_rooms: 0\n").Errors(),
              AllOf(HasSubstr("gatehouse.yaml:2: client.max_rooms"),
                    HasSubstr("auth.keys: at least one key"),
                    HasSubstr("control.api_keys: at least one key")));
}

TEST(ConfigLoaderTest, ThoseWhoUseItSayWhatTheyFindBesideAllElse) {
  LoadAttempt attempt(std::string(kCompleteFile) +
                      "client:\n"
                      "  max_rooms: 0\n"
                      "  allowed_origins: [a, b]\n");
  attempt.sources.wrong_flags = 1;
  const auto both = [](const Config&) {
    return absl::InvalidArgumentError(
        "client.allowed_origins: \"a\" is none\nclient.allowed_origins: \"b\" is none");
  };
  const auto again = [](const Config&) {
    return absl::InvalidArgumentError(
        "client.max_rooms is 0\nclient.allowed_origins: has an error");
  };
  attempt.sources.uses = {both, again};
  EXPECT_EQ(attempt.Errors(),
            "gatehouse.yaml:10: client.max_rooms: \"0\" is below the least allowed, 1\n"
            "--set: has no '='; write --set KEY=VALUE\n"
            "gatehouse.yaml:11: client.allowed_origins: \"a\" is none\n"
            "gatehouse.yaml:11: client.allowed_origins: \"b\" is none");
}

TEST(ConfigLoaderTest, MistypedBlockIsNotSaidToBeMissingToo) {
  const std::string file = kCompleteFile;
  EXPECT_EQ(LoadAttempt("auht" + file.substr(4)).Errors(),
            "gatehouse.yaml:1: auht: unknown key; did you mean auth?");
}

TEST(ConfigLoaderTest, ErrorsAreBounded) {
  std::string file;
  for (int i = 0; i < 1000; ++i) file += "x" + std::to_string(i) + ": 1\n";
  const std::string errors = LoadAttempt(file).Errors();
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 100);
  EXPECT_THAT(errors, HasSubstr("only the first 100 are shown"));
}

TEST(ConfigLoaderTest, ListOfTheEnvironmentReplacesTheFiles) {
  const Config config =
      LoadAttempt(std::string(kCompleteFile) +
                  "client: {allowed_origins: [\"https://a.example\"]}\n")
          .Variable("GATEHOUSE_CLIENT_ALLOWED_ORIGINS", "https://b.example, https://c.example")
          .Config();
  EXPECT_THAT(config.client().allowed_origins(),
              ElementsAre("https://b.example", "https://c.example"));
}

TEST(ConfigLoaderTest, EnvironmentAddsToAListOfBlocks) {
  const Config config = LoadAttempt()
                            .Variable("GATEHOUSE_AUTH_KEYS_1_SECRET", std::string(32, 's'))
                            .Variable("GATEHOUSE_AUTH_KEYS_1_KID", "second")
                            .Variable("GATEHOUSE_AUTH_KEYS_1_ALGORITHM", "HS512")
                            .Config();
  ASSERT_EQ(config.auth().keys_size(), 2);
  EXPECT_EQ(config.auth().keys(1).kid(), "second");
  EXPECT_EQ(config.auth().keys(1).algorithm(), "HS512");
}

TEST(ConfigLoaderTest, SecretsMayComeFromTheEnvironmentAlone) {
  const Config config = LoadAttempt("")
                            .Variable("GATEHOUSE_AUTH_KEYS_0_SECRET", std::string(32, 's'))
                            .Variable("GATEHOUSE_AUTH_KEYS_0_ALGORITHM", "HS256")
                            .Variable("GATEHOUSE_CONTROL_LISTEN", "")
                            .Config();
  EXPECT_EQ(config.auth().keys(0).secret(), std::string(32, 's'));
  EXPECT_EQ(config.control().listen(), "");
}

TEST(ConfigLoaderTest, WithoutRulesOnlyValuesAreChecked) {
  LoadAttempt attempt("admin: {listen: \"127.0.0.1:1\"}\n");
  attempt.sources.check_rules = false;
  EXPECT_EQ(attempt.Config().admin().listen(), "127.0.0.1:1");
  EXPECT_THAT(attempt.File("admin: {listen: x}\n").Errors(),
              HasSubstr("gatehouse.yaml:1: admin.listen"));
}

TEST(ConfigLoaderTest, DevelopmentFillsInWhatIsNotGiven) {
  const Config config = LoadAttempt("").Dev().Config();
  ASSERT_EQ(config.auth().keys_size(), 1);
  EXPECT_EQ(config.auth().keys(0).kid(), "dev");
  EXPECT_EQ(config.auth().keys(0).algorithm(), "HS256");
  EXPECT_EQ(config.auth().keys(0).secret().size(), 64U);
  EXPECT_THAT(config.client().allowed_origins(), ElementsAre("*"));
  EXPECT_TRUE(config.control().allow_unauthenticated());
}

TEST(ConfigLoaderTest, DevelopmentLeavesWhatIsGiven) {
  const Config config = LoadAttempt(std::string(kCompleteFile) + "  allow_unauthenticated: false\n")
                            .Dev()
                            .Variable("GATEHOUSE_CLIENT_ALLOWED_ORIGINS", "https://a.example")
                            .Config();
  ASSERT_EQ(config.auth().keys_size(), 1);
  EXPECT_EQ(config.auth().keys(0).kid(), "");
  EXPECT_THAT(config.client().allowed_origins(), ElementsAre("https://a.example"));
  EXPECT_FALSE(config.control().allow_unauthenticated());
}

TEST(ConfigLoaderTest, DevelopmentKeepsAnEmptyListThatIsGiven) {
  EXPECT_EQ(
      LoadAttempt("client: {allowed_origins: []}\n").Dev().Config().client().allowed_origins_size(),
      0);
}

TEST(ConfigLoaderTest, DevelopmentSaysWhyItsSecretCannotBeKept) {
  LoadAttempt attempt("");
  attempt.sources.dev = true;
  attempt.Variable("XDG_STATE_HOME", "/dev/null/a").Variable("TMPDIR", "/dev/null/b");
  EXPECT_THAT(attempt.Errors(), AllOf(HasSubstr("/dev/null/a/gatehouse"),
                                      HasSubstr("/dev/null/b/gatehouse-"), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace edge
