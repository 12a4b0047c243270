#include "edge/config/config_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "edge/config/override_layer.h"
#include "edge/config/setting_path.h"
#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::HasSubstr;

TEST(ConfigReferenceTest, DocumentIsWhatTheGeneratorPrints) {
  std::ifstream file(GATEHOUSE_SOURCE_FOLDER "/docs/configuration.md");
  const std::string document((std::istreambuf_iterator<char>(file)),
                             std::istreambuf_iterator<char>());
  // Not EXPECT_EQ: it would print both.
  EXPECT_TRUE(document == ConfigReference())
      << "run: gatehouse print-config --reference > docs/configuration.md";
}

TEST(ConfigReferenceTest, NamesEverySettingByItsVariable) {
  const std::string reference = ConfigReference();
  for (const KnownSetting& known : KnownSettings()) {
    EXPECT_THAT(reference, HasSubstr("`" + known.environment + "`"));
  }
}

TEST(ConfigReferenceTest, NamesTheVariablesThatAreNoSettings) {
  const std::string reference = ConfigReference();
  for (const auto& [name, use] : OtherVariables())
    EXPECT_THAT(reference, HasSubstr("- `" + name + "`: " + use));
}

TEST(ConfigReferenceTest, RowSaysDefaultRangeAndHelp) {
  EXPECT_THAT(ConfigReference(),
              HasSubstr("| `ping_interval` | `GATEHOUSE_CLIENT_PING_INTERVAL` | `25s` | 1s to 1h | "
                        "Time between pings;"));
  EXPECT_THAT(
      ConfigReference(),
      HasSubstr("| `algorithm` | `GATEHOUSE_AUTH_KEYS_N_ALGORITHM` | required | one of HS256,"));
}

// The first YAML of the document, which people copy, with files of the test's own.
TEST(ConfigReferenceTest, ExampleLoads) {
  const std::string reference = ConfigReference();
  const size_t start = reference.find("```yaml\n") + 8;
  std::string example = reference.substr(start, reference.find("```", start) - start);
  LoadAttempt attempt;
  const std::string secret = "/etc/gatehouse/token-secret";
  const size_t at = example.find(secret);
  ASSERT_NE(at, std::string::npos);
  example.replace(at, secret.size(), attempt.folder.Write("secret", std::string(32, 's')));
  EXPECT_EQ(attempt.File(example).Errors(), "");
}

}  // namespace
}  // namespace edge
