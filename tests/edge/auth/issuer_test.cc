// Tokens of several issuers, each with its own keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/auth/token_verifier.h"
#include "signing_key.h"

namespace edge {
namespace {

using testing::HasSubstr;

constexpr int64_t kNow = 1700000000000;
constexpr char kFirst[] = "https://first.example";
constexpr char kSecond[] = "https://second.example";

class IssuerTest : public testing::Test {
 protected:
  IssuerTest() {
    first->Replace(SetOf(first_key));
    second->Replace(SetOf(second_key));
  }

  static std::shared_ptr<const KeySet> SetOf(const SigningKey& key, const std::string& kid = "k") {
    return std::make_shared<const KeySet>(KeySet::Of(
        {{kid, JwtAlgorithm::kEdDsa, *PublicKey::Make(JwtAlgorithm::kEdDsa, key.PublicPem())}}));
  }
  static KeySet FixedKeys() {
    gatehouse::v1::AuthSettings settings;
    settings.add_keys()->set_algorithm("HS256");
    settings.mutable_keys(0)->set_secret(std::string(32, 's'));
    return *KeySet::Load(settings);
  }
  static std::string Claims(const std::string& issuer, const std::string& more = "") {
    return R"({"sub":"a","exp":1700003600,"iss":")" + issuer + "\"" + more + "}";
  }
  // Signed with a key under its kid.
  static std::string By(const SigningKey& key, const std::string& claims,
                        const std::string& kid = "k") {
    return Token(R"({"alg":"EdDSA","kid":")" + kid + "\"}", claims, JwtAlgorithm::kEdDsa, key);
  }
  absl::Status Verify(const std::string& token) const {
    return TokenVerifier(FixedKeys(), rules, {first, second}).Verify(token, kNow).status();
  }
  absl::StatusCode CodeOf(const std::string& token) const { return Verify(token).code(); }

  const SigningKey first_key = SigningKey::Ed25519();
  const SigningKey second_key = SigningKey::Ed25519();
  const std::shared_ptr<IssuerKeys> first = std::make_shared<IssuerKeys>(kFirst, "edge");
  const std::shared_ptr<IssuerKeys> second = std::make_shared<IssuerKeys>(kSecond, "");
  TokenRules rules;
};

TEST_F(IssuerTest, ATokenIsVerifiedWithItsIssuersKey) {
  EXPECT_TRUE(Verify(By(first_key, Claims(kFirst, R"(,"aud":"edge")"))).ok());
  EXPECT_TRUE(Verify(By(second_key, Claims(kSecond))).ok());
}

TEST_F(IssuerTest, NoIssuersKeyVerifiesAnothersToken) {
  EXPECT_EQ(CodeOf(By(second_key, Claims(kFirst, R"(,"aud":"edge")"))),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(By(first_key, Claims(kSecond))), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(By(first_key, Claims("https://third.example"))),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(IssuerTest, AFixedKeyVerifiesNoTokenOfAnIssuer) {
  const HmacKey fixed = *HmacKey::Make(std::string(32, 's'));
  const auto signed_by_fixed = [&](const std::string& issuer) {
    return Token(R"({"alg":"HS256"})", Claims(issuer), JwtAlgorithm::kHs256, fixed);
  };
  EXPECT_TRUE(Verify(signed_by_fixed("https://own.example")).ok());
  EXPECT_EQ(CodeOf(signed_by_fixed(kSecond)), absl::StatusCode::kUnauthenticated);
  rules.issuer = "https://own.example";
  EXPECT_TRUE(Verify(signed_by_fixed("https://own.example")).ok());
  EXPECT_FALSE(Verify(signed_by_fixed("https://other.example")).ok());
  EXPECT_TRUE(Verify(By(second_key, Claims(kSecond))).ok());
}

TEST_F(IssuerTest, TheAudienceIsTheIssuersOrElseTheCommonOne) {
  EXPECT_FALSE(Verify(By(first_key, Claims(kFirst))).ok());
  rules.audience = "common";
  EXPECT_TRUE(Verify(By(first_key, Claims(kFirst, R"(,"aud":"edge")"))).ok());
  EXPECT_FALSE(Verify(By(second_key, Claims(kSecond))).ok());
  EXPECT_TRUE(Verify(By(second_key, Claims(kSecond, R"(,"aud":"common")"))).ok());
}

TEST_F(IssuerTest, WithoutItsKeysATokenIsRefusedAsUnavailable) {
  second->Replace(nullptr);
  const absl::Status refused = Verify(By(second_key, Claims(kSecond)));
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(kSecond));
}

TEST_F(IssuerTest, AnUnknownKidAsksForTheKeysOnce) {
  int asked = 0;
  second->OnUnknownKid([&] { ++asked; });
  EXPECT_EQ(CodeOf(By(second_key, Claims(kSecond), "new")), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(By(second_key, Claims(kSecond), "newer")), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(first->wanted());
  second->TakeWanted();
  EXPECT_EQ(CodeOf(By(second_key, Claims(kSecond), "new")), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(asked, 2);
  second->Replace(SetOf(second_key, "new"));
  EXPECT_TRUE(Verify(By(second_key, Claims(kSecond), "new")).ok());
}

}  // namespace
}  // namespace edge
