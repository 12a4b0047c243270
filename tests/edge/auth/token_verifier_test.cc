#include "edge/auth/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signing_key.h"

namespace edge {
namespace {

using gatehouse::v1::AuthSettings;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kNow = 1700000000000;
constexpr int64_t kLeeway = 30000;
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
// In seconds, well after kNow.
#define LATER "1700003600"

class TokenVerifierTest : public testing::Test {
 protected:
  absl::StatusOr<Identity> VerifyAt(int64_t now, std::string_view claims) const {
    AuthSettings settings;
    settings.add_keys()->set_algorithm("HS256");
    settings.mutable_keys(0)->set_secret(secret_);
    const TokenVerifier verifier(*KeySet::Load(settings), rules_);
    return verifier.Verify(Token(kHeader, claims, JwtAlgorithm::kHs256, *HmacKey::Make(secret_)),
                           now);
  }
  absl::StatusOr<Identity> Verify(std::string_view claims) const { return VerifyAt(kNow, claims); }

  // Whether the claims are good at the time; what is not is refused as every token is.
  bool Good(int64_t now, std::string_view claims) const {
    const auto identity = VerifyAt(now, claims);
    if (!identity.ok()) {
      EXPECT_EQ(identity.status().code(), absl::StatusCode::kUnauthenticated);
    }
    return identity.ok();
  }
  bool Good(std::string_view claims) const { return Good(kNow, claims); }

  std::string secret_ = std::string(32, 's');
  TokenRules rules_;
};

TEST_F(TokenVerifierTest, GivesTheIdentityOfAGoodToken) {
  const auto identity =
      Verify(R"({"sub":"alice","exp":)" LATER R"(,"iat":1699999999,"jti":"t1","join":["chat:*"],)"
             R"("publish":["chat:1"],"info":{"name":"Al"}})");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->user, UserId("alice"));
  EXPECT_EQ(identity->info, R"({"name":"Al"})");
  EXPECT_EQ(identity->expires_at_millis, 1700003600000);
  EXPECT_EQ(identity->issued_at_millis, 1699999999000);
  EXPECT_EQ(identity->token_id, "t1");
  EXPECT_TRUE(identity->grants->join.Matches("chat:2"));
  EXPECT_FALSE(identity->grants->join.Matches("game:2"));
  EXPECT_TRUE(identity->grants->publish.Matches("chat:1"));
  EXPECT_FALSE(identity->grants->publish.Matches("chat:2"));
}

TEST_F(TokenVerifierTest, WithoutRightsNothingIsAllowed) {
  const auto identity = Verify(R"({"sub":"alice","exp":)" LATER "}");
  ASSERT_TRUE(identity.ok());
  EXPECT_FALSE(identity->grants->join.Matches("lobby"));
  EXPECT_FALSE(identity->grants->publish.Matches("lobby"));
}

TEST_F(TokenVerifierTest, ExpiresExactlyAfterTheLeeway) {
  constexpr std::string_view kClaims = R"({"sub":"a","exp":1700000000})";
  EXPECT_TRUE(Good(kNow + kLeeway - 1, kClaims));
  EXPECT_FALSE(Good(kNow + kLeeway, kClaims));
  rules_.leeway_millis = 0;
  EXPECT_TRUE(Good(kNow - 1, kClaims));
  EXPECT_FALSE(Good(kNow, kClaims));
}

TEST_F(TokenVerifierTest, FractionsOfASecondCount) {
  rules_.leeway_millis = 0;
  constexpr std::string_view kClaims = R"({"sub":"a","exp":1700000000.25})";
  EXPECT_TRUE(Good(kNow + 249, kClaims));
  EXPECT_FALSE(Good(kNow + 250, kClaims));
}

TEST_F(TokenVerifierTest, BeginsExactlyTheLeewayBeforeNotBefore) {
  constexpr std::string_view kClaims = R"({"sub":"a","exp":)" LATER R"(,"nbf":1700000000})";
  EXPECT_FALSE(Good(kNow - kLeeway - 1, kClaims));
  EXPECT_TRUE(Good(kNow - kLeeway, kClaims));
}

TEST_F(TokenVerifierTest, IsNotIssuedInTheFuture) {
  constexpr std::string_view kClaims = R"({"sub":"a","exp":)" LATER R"(,"iat":1700000000})";
  EXPECT_FALSE(Good(kNow - kLeeway - 1, kClaims));
  EXPECT_TRUE(Good(kNow - kLeeway, kClaims));
}

TEST_F(TokenVerifierTest, MustExpireUnlessToldOtherwise) {
  EXPECT_FALSE(Good(R"({"sub":"a"})"));
  rules_.require_expiry = false;
  const auto identity = Verify(R"({"sub":"a"})");
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->expires_at_millis, 0);
  EXPECT_FALSE(Good(R"({"sub":"a","exp":1})"));  // said is said
}

TEST_F(TokenVerifierTest, ExpiryOfZeroIsLongAgoAndNotNever) {
  rules_.require_expiry = false;
  EXPECT_FALSE(Good(R"({"sub":"a","exp":0})"));
}

TEST_F(TokenVerifierTest, IssuerMustBeTheConfiguredOne) {
  EXPECT_TRUE(Good(R"({"sub":"a","iss":"anyone","exp":)" LATER "}"));
  rules_.issuer = "app";
  EXPECT_TRUE(Good(R"({"sub":"a","iss":"app","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","iss":"App","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","iss":"app/","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","exp":)" LATER "}"));
}

TEST_F(TokenVerifierTest, AudienceMustBeOrHaveTheConfiguredOne) {
  EXPECT_TRUE(Good(R"({"sub":"a","aud":"anyone","exp":)" LATER "}"));
  rules_.audience = "edge";
  EXPECT_TRUE(Good(R"({"sub":"a","aud":"edge","exp":)" LATER "}"));
  EXPECT_TRUE(Good(R"({"sub":"a","aud":["api","edge"],"exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","aud":["api"],"exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","aud":[],"exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","aud":"edge2","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","exp":)" LATER "}"));
}

TEST_F(TokenVerifierTest, SubjectIsANameOfAUser) {
  EXPECT_FALSE(Good(R"({"exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a\u0000b","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a\nb","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a\u007f","exp":)" LATER "}"));
  EXPECT_TRUE(Good(R"({"sub":"\u00e9 \ud83d\ude00","exp":)" LATER "}"));
  EXPECT_TRUE(Good(R"({"exp":)" LATER R"(,"sub":")" + std::string(255, 'a') + "\"}"));
  EXPECT_FALSE(Good(R"({"exp":)" LATER R"(,"sub":")" + std::string(256, 'a') + "\"}"));
}

TEST_F(TokenVerifierTest, InfoHasALimit) {
  const std::string begin = R"({"sub":"a","exp":)" LATER R"(,"info":")";
  EXPECT_TRUE(Good(begin + std::string(1022, 'i') + "\"}"));
  EXPECT_FALSE(Good(begin + std::string(1023, 'i') + "\"}"));
  // White space is not kept, and does not count.
  EXPECT_TRUE(Good(begin + std::string(1022, 'i') + "\"\n }"));
  EXPECT_TRUE(Good(R"({"sub":"a","exp":)" LATER R"(,"info":[)" + std::string(1022, ' ') + "1]}"));
}

TEST_F(TokenVerifierTest, InfoIsMadeCompactBeforeMembersSeeIt) {
  const auto identity = Verify("{\"sub\":\"a\",\"exp\":" LATER
                               ",\"info\":{\r\n  \"name\" : \"A  l\" ,\n\t\"tags\": [ 1, 2 ]\n}}");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->info, R"({"name":"A  l","tags":[1,2]})");
}

TEST_F(TokenVerifierTest, InfoIsNotNestedDeeplyNorHasRawControlCharacters) {
  const std::string begin = R"({"sub":"a","exp":)" LATER R"(,"info":)";
  EXPECT_TRUE(Good(begin + std::string(32, '[') + std::string(32, ']') + "}"));
  EXPECT_FALSE(Good(begin + std::string(33, '[') + std::string(33, ']') + "}"));
  EXPECT_FALSE(Good(begin + "\"a\nb\"}"));
  EXPECT_FALSE(Good(begin + "[1,\x0b 2]}"));
}

TEST_F(TokenVerifierTest, RightsMustBeRoomPatterns) {
  EXPECT_FALSE(Good(R"({"sub":"a","join":["a b"],"exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","publish":[""],"exp":)" LATER "}"));
  std::string many = "\"a\"";
  for (int i = 0; i < 64; ++i) many += ",\"a\"";
  EXPECT_FALSE(Good(R"({"sub":"a","join":[)" + many + R"(],"exp":)" LATER "}"));
}

TEST_F(TokenVerifierTest, ClaimsGivenTwiceAreRefused) {
  EXPECT_FALSE(Good(R"({"sub":"a","sub":"b","exp":)" LATER "}"));
  EXPECT_FALSE(Good(R"({"sub":"a","exp":)" LATER R"(,"exp":9999999999})"));
}

TEST_F(TokenVerifierTest, TooLongATokenIsRefusedUnread) {
  const std::string claims = R"({"sub":"a","exp":)" LATER "}";
  const HmacKey key = *HmacKey::Make(secret_);
  const size_t size = Token(kHeader, claims, JwtAlgorithm::kHs256, key).size();
  rules_.max_token_size = size;
  EXPECT_TRUE(Good(claims));
  rules_.max_token_size = size - 1;
  EXPECT_FALSE(Good(claims));
  EXPECT_THAT(std::string(Verify(claims).status().message()), HasSubstr("limit"));
}

TEST_F(TokenVerifierTest, MessagesSayNothingOfTheClaims) {
  rules_.issuer = "app";
  for (const char* claims :
       {R"({"sub":"topsecret","iss":"topsecret","exp":)" LATER "}",
        R"({"sub":"topsecret","iss":"app","exp":1})",
        R"({"sub":"topsecret\n","iss":"app","exp":)" LATER "}",
        R"({"sub":"a","join":["topsecret room"],"iss":"app","exp":)" LATER "}"}) {
    const auto identity = Verify(claims);
    ASSERT_FALSE(identity.ok());
    EXPECT_THAT(std::string(identity.status().message()), Not(HasSubstr("topsecret")));
  }
}

}  // namespace
}  // namespace edge
