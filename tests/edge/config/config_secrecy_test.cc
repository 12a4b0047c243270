// No message and no printed configuration holds a secret, whatever mistake is made round it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/config/config_printer.h"
#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MistakeRoundASecretTest : public testing::TestWithParam<const char*> {};

TEST_P(MistakeRoundASecretTest, IsAnErrorThatDoesNotShowIt) {
  const std::string errors = LoadAttempt(GetParam()).Errors();
  EXPECT_NE(errors, "");
  EXPECT_THAT(errors, Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    , MistakeRoundASecretTest,
    testing::Values("auth: hunter2\n", "auth: {keys: hunter2}\n", "auth: {keys: [hunter2]}\n",
                    "auth: {keys: [[hunter2]]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: [hunter2]}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: {hunter2: hunter2}}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret=hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, hunter2hunter2hunter2hunter2hunter2}]}\n",
                    "auth: {keys: [{algorithm: RS256, secret: hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: \"hunter2\\x01\"}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: hunter2, secret: hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: *hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: !hunter2 x}]}\n",
                    "auth: {keys: [{algorithm: HS256, secret: \"hunter2}]}\n",
                    "auth: {keys: [{algorithm: HS256, secrett: hunter2}]}\n",
                    "auth: {secret: hunter2}\n", "secret: hunter2\n"));

TEST(ConfigSecrecyTest, VariablesAndFlagsDoNotShowTheirValues) {
  const std::string errors = LoadAttempt()
                                 .Variable("GATEHOUSE_AUTH_KEYS_0_SECRET", "hunter2")
                                 .Variable("GATEHOUSE_AUTH_KEYS_0_SECRT", "hunter2")
                                 .Variable("GATEHOUSE_AUTH_KEYS_7_SECRET", "hunter2")
                                 .Variable("GATEHOUSE_AUTH_KEYS", "hunter2")
                                 .Flag("auth.keys[0].secret", "hunter2\x01")
                                 .Flag("auth.secret", "hunter2")
                                 .Errors();
  EXPECT_THAT(errors, HasSubstr("auth.keys[0].secret: the value has a control character"));
  EXPECT_THAT(errors, Not(HasSubstr("hunter2")));
}

TEST(ConfigSecrecyTest, ShortSecretInAFileIsNotShown) {
  LoadAttempt attempt;
  const std::string path = attempt.folder.Write("secret", "hunter2");
  const std::string errors =
      attempt.File("auth: {keys: [{algorithm: HS256, secret_file: " + path + "}]}\n").Errors();
  EXPECT_THAT(errors, HasSubstr("the secret is 7 bytes"));
  EXPECT_THAT(errors, Not(HasSubstr("hunter2")));
}

TEST(ConfigSecrecyTest, PrintedConfigurationMasksSecrets) {
  const std::string secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
  const std::string printed =
      PrintConfig(LoadAttempt().Variable("GATEHOUSE_AUTH_KEYS_0_SECRET", secret).Config());
  EXPECT_THAT(printed, HasSubstr("# secret: ***\n"));
  EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace edge
