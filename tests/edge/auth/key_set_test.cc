#include "edge/auth/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "signing_key.h"

namespace edge {
namespace {

using gatehouse::v1::AuthSettings;
using gatehouse::v1::TokenKeySettings;
using testing::HasSubstr;
using testing::Not;

const std::string kSecret(32, 's');

TokenKeySettings Key(const std::string& kid, const std::string& algorithm) {
  TokenKeySettings key;
  key.set_kid(kid);
  key.set_algorithm(algorithm);
  return key;
}

TokenKeySettings SecretKey(const std::string& kid, const std::string& secret = kSecret) {
  TokenKeySettings key = Key(kid, "HS256");
  key.set_secret(secret);
  return key;
}

AuthSettings With(std::initializer_list<TokenKeySettings> keys) {
  AuthSettings settings;
  for (const TokenKeySettings& key : keys) *settings.add_keys() = key;
  return settings;
}

std::string ProblemOf(const AuthSettings& settings) {
  const auto set = KeySet::Load(settings);
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(set.status().message());
}

// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "." +
               std::to_string(::getpid()))) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(KeySetTest, FindsKeysByKid) {
  const auto set = KeySet::Load(With({SecretKey("old"), SecretKey("new", std::string(40, 'n'))}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 2U);
  ASSERT_NE(set->Find("new"), nullptr);
  EXPECT_EQ(set->Find("new")->kid, "new");
  EXPECT_EQ(set->Find("none"), nullptr);
  EXPECT_EQ(set->Find("ol"), nullptr);
}

TEST(KeySetTest, TokenWithoutKidMeansTheOnlyKey) {
  const auto set = KeySet::Load(With({SecretKey("only")}));
  ASSERT_TRUE(set.ok());
  EXPECT_NE(set->Find(""), nullptr);
  EXPECT_EQ(set->Find("other"), nullptr);
}

TEST(KeySetTest, TokenWithoutKidMeansNoneOfSeveralKeysWithOne) {
  const auto set = KeySet::Load(With({SecretKey("a"), SecretKey("b")}));
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->Find(""), nullptr);
}

TEST(KeySetTest, TokenWithoutKidMeansTheKeyWithoutOneAmongSeveral) {
  const auto set = KeySet::Load(With({SecretKey("a"), SecretKey("")}));
  ASSERT_TRUE(set.ok());
  ASSERT_NE(set->Find(""), nullptr);
  EXPECT_EQ(set->Find("")->kid, "");
}

TEST(KeySetTest, NoKeysFindNothing) {
  const auto set = KeySet::Load({});
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->Find(""), nullptr);
}

TEST(KeySetTest, LoadsPublicKeys) {
  TokenKeySettings key = Key("p", "EdDSA");
  key.set_public_key(SigningKey::Ed25519().PublicPem());
  const auto set = KeySet::Load(With({key}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->Find("p")->algorithm, JwtAlgorithm::kEdDsa);
}

TEST(KeySetTest, ReadsFilesAndIgnoresOneNewlineAfterASecret) {
  const HmacKey signer = *HmacKey::Make(kSecret);
  const TemporaryFile file(kSecret + "\n");
  TokenKeySettings key = Key("", "HS256");
  key.set_secret_file(file.path());
  const auto set = KeySet::Load(With({key}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_TRUE(set->Find("")->Verify("m", signer.Sign(JwtAlgorithm::kHs256, "m")));
}

TEST(KeySetTest, ReadsPublicKeyFiles) {
  const SigningKey signer = SigningKey::Ec("P-256");
  const TemporaryFile file(signer.PublicPem());
  TokenKeySettings key = Key("", "ES256");
  key.set_public_key_file(file.path());
  const auto set = KeySet::Load(With({key}));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_TRUE(set->Find("")->Verify("m", signer.Sign(JwtAlgorithm::kEs256, "m")));
}

TEST(KeySetTest, RefusesAFileThatIsNotThere) {
  TokenKeySettings key = Key("k", "HS256");
  key.set_secret_file("/nonexistent/secret");
  EXPECT_THAT(ProblemOf(With({key})), HasSubstr("/nonexistent/secret"));
}

TEST(KeySetTest, RefusesUnknownAlgorithms) {
  for (const char* name : {"none", "hs256", "", "RS1"}) {
    TokenKeySettings key = SecretKey("k");
    key.set_algorithm(name);
    EXPECT_THAT(ProblemOf(With({key})), HasSubstr("algorithm")) << name;
  }
}

TEST(KeySetTest, RefusesASecretForASignatureAndAPublicKeyForAMac) {
  TokenKeySettings secret = SecretKey("k");
  secret.set_algorithm("RS256");
  EXPECT_THAT(ProblemOf(With({secret})), HasSubstr("a public key"));
  TokenKeySettings pem = Key("k", "HS256");
  pem.set_public_key(SigningKey::Ed25519().PublicPem());
  EXPECT_THAT(ProblemOf(With({pem})), HasSubstr("a secret"));
}

TEST(KeySetTest, RefusesAPublicKeyGivenAsASecret) {
  EXPECT_THAT(ProblemOf(With({SecretKey("k", SigningKey::Ed25519().PublicPem())})),
              HasSubstr("PEM"));
}

TEST(KeySetTest, RefusesNeitherAndBoth) {
  ProblemOf(With({Key("k", "HS256")}));
  TokenKeySettings both = SecretKey("k");
  both.set_public_key(SigningKey::Ed25519().PublicPem());
  ProblemOf(With({both}));
}

TEST(KeySetTest, RefusesAKidGivenTwice) {
  EXPECT_THAT(ProblemOf(With({SecretKey("a"), SecretKey("a", std::string(33, 'x'))})),
              HasSubstr("kid"));
  ProblemOf(With({SecretKey(""), SecretKey("", std::string(33, 'x'))}));
}

TEST(KeySetTest, NamesEveryBadKeyAndNoSecret) {
  const std::string problem =
      ProblemOf(With({SecretKey("short", "hush-hush"), SecretKey("good"), Key("empty", "HS256")}));
  EXPECT_THAT(problem, HasSubstr("auth.keys[0] (kid 'short')"));
  EXPECT_THAT(problem, HasSubstr("auth.keys[2] (kid 'empty')"));
  EXPECT_THAT(problem, Not(HasSubstr("good")));
  EXPECT_THAT(problem, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace edge
