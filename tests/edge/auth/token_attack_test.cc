// Tokens that were never meant to be good: forged, malformed, or for another key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "edge/auth/base64url.h"
#include "edge/auth/token_verifier.h"
#include "signing_key.h"

namespace edge {
namespace {

using gatehouse::v1::AuthSettings;

constexpr int64_t kNow = 1700000000000;
constexpr std::string_view kClaims = R"({"sub":"alice","exp":1700003600})";

void AddPublic(AuthSettings& settings, const std::string& kid, JwtAlgorithm algorithm,
               const SigningKey& key) {
  auto& added = *settings.add_keys();
  added.set_kid(kid);
  added.set_algorithm(std::string(JwtAlgorithmName(algorithm)));
  added.set_public_key(key.PublicPem());
}

void AddSecret(AuthSettings& settings, const std::string& kid, const std::string& secret) {
  auto& added = *settings.add_keys();
  added.set_kid(kid);
  added.set_algorithm("HS256");
  added.set_secret(secret);
}

absl::Status StatusOf(const AuthSettings& settings, std::string_view token) {
  const TokenVerifier verifier(*KeySet::Load(settings), {});
  return verifier.Verify(token, kNow).status();
}

bool Accepts(const AuthSettings& settings, std::string_view token) {
  const absl::Status status = StatusOf(settings, token);
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  }
  return status.ok();
}

std::string Header(std::string_view algorithm, std::string_view more = "") {
  return R"({"alg":")" + std::string(algorithm) + "\"" + std::string(more) + "}";
}

class EveryAlgorithmTest : public testing::TestWithParam<JwtAlgorithm> {};

TEST_P(EveryAlgorithmTest, ATokenOfItsKeyIsGoodAndOneOfAnotherKeyIsNot) {
  const SigningKey signer = SigningKey::For(GetParam());
  AuthSettings settings;
  AddPublic(settings, "", GetParam(), signer);
  const std::string header = Header(JwtAlgorithmName(GetParam()));
  EXPECT_TRUE(Accepts(settings, Token(header, kClaims, GetParam(), signer)));
  EXPECT_FALSE(Accepts(settings, Token(header, kClaims, GetParam(), SigningKey::For(GetParam()))));
}

TEST_P(EveryAlgorithmTest, APublicKeyIsNoSecret) {
  const SigningKey signer = SigningKey::For(GetParam());
  AuthSettings settings;
  AddPublic(settings, "", GetParam(), signer);
  // HmacKey refuses a PEM text: the forger's own implementation does not.
  unsigned char mac[EVP_MAX_MD_SIZE];
  size_t size = 0;
  const std::string pem = signer.PublicPem();
  for (const std::string& header : {Header("HS256"), Header(JwtAlgorithmName(GetParam()))}) {
    const std::string part = SignedPart(header, kClaims);
    ASSERT_NE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, pem.data(), pem.size(),
                        reinterpret_cast<const unsigned char*>(part.data()), part.size(), mac,
                        sizeof mac, &size),
              nullptr);
    const std::string forged = part + "." + Base64UrlEncode({reinterpret_cast<char*>(mac), size});
    EXPECT_FALSE(Accepts(settings, forged)) << header;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryAlgorithmTest,
                         testing::Values(JwtAlgorithm::kRs256, JwtAlgorithm::kRs384,
                                         JwtAlgorithm::kRs512, JwtAlgorithm::kPs256,
                                         JwtAlgorithm::kEs256, JwtAlgorithm::kEs384,
                                         JwtAlgorithm::kEdDsa),
                         [](const auto& each) {
                           return std::string(JwtAlgorithmName(each.param));
                         });

class TokenAttackTest : public testing::Test {
 protected:
  TokenAttackTest() { AddSecret(settings_, "", std::string(32, 's')); }
  std::string Good() const { return Token(Header("HS256"), kClaims, JwtAlgorithm::kHs256, key_); }

  AuthSettings settings_;
  HmacKey key_ = *HmacKey::Make(std::string(32, 's'));
};

TEST_F(TokenAttackTest, TheGoodTokenIsGood) {
  EXPECT_TRUE(Accepts(settings_, Good()));
}

TEST_F(TokenAttackTest, AlgorithmNoneIsRefusedHoweverItIsWritten) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string part = SignedPart(Header(none), kClaims);
    EXPECT_FALSE(Accepts(settings_, part + ".")) << none;
    EXPECT_FALSE(Accepts(settings_, part)) << none;
    EXPECT_FALSE(Accepts(settings_, Token(Header(none), kClaims, JwtAlgorithm::kHs256, key_)))
        << none;
  }
}

TEST_F(TokenAttackTest, TheTokensAlgorithmMustBeTheKeysExactly) {
  for (const char* name : {"hs256", "HS256 ", "Hs256", "HS384", "RS256"}) {
    EXPECT_FALSE(Accepts(settings_, Token(Header(name), kClaims, JwtAlgorithm::kHs256, key_)))
        << name;
  }
  EXPECT_FALSE(Accepts(settings_, Token("{}", kClaims, JwtAlgorithm::kHs256, key_)));
  // Signed well, but not with what the key is bound to.
  EXPECT_FALSE(Accepts(settings_, Token(Header("HS512"), kClaims, JwtAlgorithm::kHs512, key_)));
  EXPECT_FALSE(Accepts(settings_, Token(Header("HS256"), kClaims, JwtAlgorithm::kHs512, key_)));
}

TEST_F(TokenAttackTest, AnRsaTokenIsNotForAnEcKey) {
  const SigningKey rsa = SigningKey::Rsa(2048);
  AuthSettings settings;
  AddPublic(settings, "", JwtAlgorithm::kEs256, SigningKey::Ec("P-256"));
  EXPECT_FALSE(Accepts(settings, Token(Header("RS256"), kClaims, JwtAlgorithm::kRs256, rsa)));
  EXPECT_FALSE(Accepts(settings, Token(Header("ES256"), kClaims, JwtAlgorithm::kRs256, rsa)));
}

TEST_F(TokenAttackTest, OneRsaAlgorithmIsNotAnother) {
  const SigningKey rsa = SigningKey::Rsa(2048);
  AuthSettings settings;
  AddPublic(settings, "", JwtAlgorithm::kRs256, rsa);
  EXPECT_FALSE(Accepts(settings, Token(Header("RS512"), kClaims, JwtAlgorithm::kRs512, rsa)));
  EXPECT_FALSE(Accepts(settings, Token(Header("PS256"), kClaims, JwtAlgorithm::kPs256, rsa)));
  EXPECT_FALSE(Accepts(settings, Token(Header("RS256"), kClaims, JwtAlgorithm::kPs256, rsa)));
}

TEST_F(TokenAttackTest, KeysFromTheHeaderAreRefused) {
  for (const char* more :
       {R"(,"jwk":{"kty":"oct","k":"c3Nzcw"})", R"(,"jku":"https://evil.test/k")",
        R"(,"x5u":"https://evil.test/c")", R"(,"x5c":["MII"])", R"(,"crit":["exp"])",
        R"(,"crit":[])", R"(,"b64":false)"}) {
    const std::string token = Token(Header("HS256", more), kClaims, JwtAlgorithm::kHs256, key_);
    EXPECT_FALSE(Accepts(settings_, token)) << more;
  }
}

TEST_F(TokenAttackTest, KidChoosesTheKeyDuringRotation) {
  AuthSettings settings;
  AddSecret(settings, "old", std::string(32, 'o'));
  AddSecret(settings, "new", std::string(32, 'n'));
  const HmacKey old_key = *HmacKey::Make(std::string(32, 'o'));
  const HmacKey new_key = *HmacKey::Make(std::string(32, 'n'));
  const auto token = [](const char* kid, const HmacKey& key) {
    return Token(Header("HS256", std::string(",\"kid\":\"") + kid + "\""), kClaims,
                 JwtAlgorithm::kHs256, key);
  };
  EXPECT_TRUE(Accepts(settings, token("old", old_key)));
  EXPECT_TRUE(Accepts(settings, token("new", new_key)));
  EXPECT_FALSE(Accepts(settings, token("new", old_key)));
  EXPECT_FALSE(Accepts(settings, token("gone", old_key)));
  EXPECT_FALSE(Accepts(settings, token("", old_key)));
  EXPECT_FALSE(Accepts(settings, Token(Header("HS256"), kClaims, JwtAlgorithm::kHs256, old_key)));
}

TEST_F(TokenAttackTest, APartMissingOrOneTooManyIsRefused) {
  const std::string good = Good();
  const size_t last = good.rfind('.');
  for (const std::string& bad : {std::string(), std::string("."), std::string(".."),
                                 std::string("..."), good.substr(0, last), good.substr(0, last + 1),
                                 good + ".", good + ".AAAA", "." + good, good.substr(1)}) {
    EXPECT_FALSE(Accepts(settings_, bad)) << bad;
  }
}

TEST_F(TokenAttackTest, EveryChangedCharacterIsSeen) {
  const std::string good = Good();
  for (size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = good[at] == 'A' ? 'B' : 'A';
    ASSERT_FALSE(Accepts(settings_, changed)) << at;
  }
}

TEST_F(TokenAttackTest, Base64UrlIsTakenStrictly) {
  const std::string good = Good();
  EXPECT_FALSE(Accepts(settings_, good + "="));
  EXPECT_FALSE(Accepts(settings_, good + "\n"));
  EXPECT_FALSE(Accepts(settings_, " " + good));
  // A MAC of 32 bytes leaves two bits over: three other last characters say the same bytes.
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const size_t value = kDigits.find(good.back());
  ASSERT_EQ(value % 4, 0U);
  for (size_t bits = 1; bits < 4; ++bits) {
    EXPECT_FALSE(Accepts(settings_, good.substr(0, good.size() - 1) + kDigits[value + bits]));
  }
}

TEST_F(TokenAttackTest, AWellSignedPayloadThatIsNoClaimsIsRefused) {
  for (const char* payload : {"", "null", "[]", "{", "\xff", R"({"sub":"a","exp":1700003600}{})"}) {
    EXPECT_FALSE(Accepts(settings_, Token(Header("HS256"), payload, JwtAlgorithm::kHs256, key_)));
  }
}

TEST_F(TokenAttackTest, AHeaderThatIsNoneIsRefused) {
  for (const char* header : {"", "null", "[]", "{", "\xff", R"({"alg":"HS256","alg":"HS256"})"}) {
    EXPECT_FALSE(Accepts(settings_, Token(header, kClaims, JwtAlgorithm::kHs256, key_))) << header;
  }
}

// A message becomes a Close reason or JSON: it stays short, UTF-8 and free of control characters.
TEST_F(TokenAttackTest, MessagesAboutForgedHeadersCanBePassedOn) {
  for (size_t shift = 0; shift < 4; ++shift) {
    std::string kid(shift, 'k');
    for (int i = 0; i < 100; ++i) kid += "\xf0\x9f\x98\x80";
    const std::string header = Header("HS256", R"(,"kid":"\n)" + kid + "\"");
    const absl::Status status =
        StatusOf(settings_, Token(header, kClaims, JwtAlgorithm::kHs256, key_));
    ASSERT_FALSE(status.ok());
    const std::string message(status.message());
    EXPECT_LE(message.size(), 120U);
    EXPECT_TRUE(simdjson::validate_utf8(message)) << shift;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace edge
