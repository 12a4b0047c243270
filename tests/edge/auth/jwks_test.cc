#include "edge/auth/jwks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/auth/base64url.h"
#include "signing_key.h"

namespace edge {
namespace {

using testing::HasSubstr;
using Alg = JwtAlgorithm;

const JwksRules kAll = {.algorithms = {Alg::kRs256, Alg::kRs384, Alg::kRs512, Alg::kPs256,
                                       Alg::kEs256, Alg::kEs384, Alg::kEdDsa}};

// RFC 7517 appendix A.1: an EC key for encryption and an RSA key.
constexpr std::string_view kRfc7517 = R"({"keys":
  [
    {"kty":"EC",
     "crv":"P-256",
     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
     "use":"enc",
     "kid":"1"},

    {"kty":"RSA",
     "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
     "e":"AQAB",
     "alg":"RS256",
     "kid":"2011-04-29"}
  ]
})";

// RFC 8037 appendix A.2, and the message of A.4 with its signature.
constexpr std::string_view kRfc8037 =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

std::string Set(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}
// A key with further members.
std::string With(const SigningKey& key, const std::string& more) {
  return "{" + key.PublicJwk() + (more.empty() ? "" : "," + more) + "}";
}
std::string WhySkipped(const std::string& key, const JwksRules& rules = kAll) {
  const SigningKey good = SigningKey::Ed25519();
  const auto set = ParseJwks(Set(key + "," + With(good, R"("kid":"good")")), rules);
  if (!set.ok()) return "refused: " + std::string(set.status().message());
  EXPECT_NE(set->keys.Find("good"), nullptr);
  return set->why_skipped;
}
std::string Refusal(std::string_view json, const JwksRules& rules = kAll) {
  const auto set = ParseJwks(json, rules);
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(set.status().message());
}

TEST(JwksTest, TheExampleOfRfc7517HasOneKeyOfUse) {
  const auto set = ParseJwks(kRfc7517, kAll);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->keys.size(), 1u);
  const TokenKey* const key = set->keys.Find("2011-04-29");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->algorithm, Alg::kRs256);
  EXPECT_EQ(set->skipped, 1u);
  EXPECT_EQ(set->why_skipped, "key 0 (kid '1'): its 'use' is not 'sig'");
}

TEST(JwksTest, TheKeyOfRfc8037VerifiesItsSignature) {
  const auto set = ParseJwks(kRfc8037, kAll);
  ASSERT_TRUE(set.ok()) << set.status();
  const TokenKey* const key = set->keys.Find("");
  ASSERT_NE(key, nullptr);
  const std::string part = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const auto signature = Base64UrlDecode(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(key->Verify(part, *signature));
  EXPECT_FALSE(key->Verify(part + "x", *signature));
}

class JwksAlgorithmTest : public testing::TestWithParam<Alg> {};

TEST_P(JwksAlgorithmTest, AKeyOfEachVerifiesWhatItsPrivateSideSigned) {
  const SigningKey signer = SigningKey::For(GetParam());
  const std::string alg(JwtAlgorithmName(GetParam()));
  const auto set =
      ParseJwks(Set(With(signer, R"("kid":"k","use":"sig","alg":")" + alg + "\"")), kAll);
  ASSERT_TRUE(set.ok()) << set.status();
  const TokenKey* const key = set->keys.Find("k");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->algorithm, GetParam());
  EXPECT_TRUE(key->Verify("text", signer.Sign(GetParam(), "text")));
  EXPECT_FALSE(key->Verify("text", SigningKey::For(GetParam()).Sign(GetParam(), "text")));
}

std::string NameOf(const testing::TestParamInfo<Alg>& tested) {
  return std::string(JwtAlgorithmName(tested.param));
}
INSTANTIATE_TEST_SUITE_P(All, JwksAlgorithmTest,
                         testing::Values(Alg::kRs256, Alg::kRs384, Alg::kRs512, Alg::kPs256,
                                         Alg::kEs256, Alg::kEs384, Alg::kEdDsa),
                         NameOf);

TEST(JwksTest, AKeyThatDoesNotSayIsBoundByItsKind) {
  const auto bound = [](const SigningKey& key, const JwksRules& rules) {
    const auto set = ParseJwks(Set(With(key, "")), rules);
    return set.ok() ? JwtAlgorithmName(set->keys.Find("")->algorithm) : "none";
  };
  const SigningKey rsa = SigningKey::Rsa(2048);
  EXPECT_EQ(bound(rsa, kAll), "RS256");
  EXPECT_EQ(bound(rsa, {.algorithms = {Alg::kEs256, Alg::kPs256, Alg::kRs512}}), "PS256");
  EXPECT_EQ(bound(rsa, {.algorithms = {Alg::kEs256}}), "none");
  EXPECT_EQ(bound(SigningKey::Ec("P-256"), kAll), "ES256");
  EXPECT_EQ(bound(SigningKey::Ec("P-384"), kAll), "ES384");
  EXPECT_EQ(bound(SigningKey::Ed25519(), kAll), "EdDSA");
}

TEST(JwksTest, SkipsWhatIsOfNoUseAndSaysWhy) {
  const SigningKey ec = SigningKey::Ec("P-256");
  EXPECT_THAT(WhySkipped(R"({"kty":"oct","k":"c2VjcmV0","kid":"s"})"), HasSubstr("private part"));
  EXPECT_THAT(WhySkipped(R"({"kty":"oct","alg":"HS256"})"), HasSubstr("'kty'"));
  EXPECT_THAT(WhySkipped(With(ec, R"("alg":"HS256")")), HasSubstr("not allowed"));
  EXPECT_THAT(WhySkipped(With(ec, R"("alg":"none")")), HasSubstr("not allowed"));
  EXPECT_THAT(WhySkipped(With(ec, R"("alg":"RS256")")), HasSubstr("not an RSA key"));
  EXPECT_THAT(WhySkipped(With(ec, R"("d":"AQ")")), HasSubstr("private part"));
  EXPECT_THAT(WhySkipped(With(ec, R"("use":"enc")")), HasSubstr("'use'"));
  EXPECT_THAT(WhySkipped(With(ec, R"("key_ops":["encrypt"])")), HasSubstr("'key_ops'"));
  EXPECT_EQ(WhySkipped(With(ec, R"("key_ops":["sign","verify"])")), "");
  EXPECT_THAT(WhySkipped(With(ec, R"("kid":7)")), HasSubstr("'kid' is not a string"));
  EXPECT_THAT(WhySkipped(With(ec, R"("kid":"a","kid":"b")")), HasSubstr("'kid' twice"));
  EXPECT_THAT(WhySkipped("7"), HasSubstr("no object"));
  EXPECT_THAT(WhySkipped("{}"), HasSubstr("'kty'"));
  EXPECT_THAT(WhySkipped(With(SigningKey::Rsa(1024), "")), HasSubstr("1024 bits"));
  EXPECT_THAT(WhySkipped(With(SigningKey::Ec("P-521"), "")), HasSubstr("not allowed"));
  EXPECT_THAT(WhySkipped(R"({"kty":"RSA","e":"AQAB"})"), HasSubstr("'n' is missing"));
  for (const char* one : {"AQ", "AAE", "AAAB"}) {
    const std::string n(344, 'B');
    EXPECT_THAT(WhySkipped(fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", n, one)),
                HasSubstr("those of an RSA key"))
        << one;
  }
  EXPECT_THAT(WhySkipped(R"({"kty":"RSA","n":"+/","e":"AQAB"})"), HasSubstr("'n' is missing or"));
  EXPECT_THAT(WhySkipped(R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})"),
              HasSubstr("1 and 1 bytes"));
  EXPECT_THAT(WhySkipped(R"({"kty":"OKP","crv":"Ed25519","x":"AQ"})"), HasSubstr("must be 32"));
}

TEST(JwksTest, APointThatIsNotOnItsCurveIsNoKey) {
  EXPECT_THAT(WhySkipped(R"({"kty":"EC","crv":"P-256",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"})"),
              HasSubstr("not a point"));
}

TEST(JwksTest, OfTwoKeysWithOneKidTheFirstIsTaken) {
  const SigningKey first = SigningKey::Ed25519();
  const SigningKey second = SigningKey::Ed25519();
  const auto set =
      ParseJwks(Set(With(first, R"("kid":"k")") + "," + With(second, R"("kid":"k")")), kAll);
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->skipped, 1u);
  EXPECT_TRUE(set->keys.Find("k")->Verify("m", first.Sign(Alg::kEdDsa, "m")));
}

TEST(JwksTest, RefusesWhatIsNoSet) {
  EXPECT_EQ(Refusal(""), "it is not JSON");
  EXPECT_EQ(Refusal("<html>"), "it is not JSON");
  EXPECT_EQ(Refusal("{\"keys\":[]"), "it is not JSON");
  EXPECT_EQ(Refusal("{\"keys\":[\"\xff\"]}"), "it is not JSON");
  EXPECT_EQ(Refusal("[]"), "it is no JSON object");
  EXPECT_EQ(Refusal("{}"), "it has no array 'keys'");
  EXPECT_EQ(Refusal(R"({"keys":{}})"), "it has no array 'keys'");
  EXPECT_EQ(Refusal(R"({"keys":[],"keys":[]})"), "it has 'keys' twice");
  EXPECT_EQ(Refusal(R"({"keys":[]})"), "it has no key of use: it is empty");
  EXPECT_THAT(Refusal(R"({"keys":[{"kty":"oct"}]})"), HasSubstr("no key of use: key 0"));
  EXPECT_EQ(Refusal(std::string(200, '[')), "it is not JSON");
  EXPECT_EQ(Refusal(std::string((1 << 20) + 1, ' ')), "it is 1048577 bytes, limit 1048576");
}

TEST(JwksTest, RefusesMoreKeysThanAllowed) {
  const std::string key = With(SigningKey::Ed25519(), "");
  EXPECT_TRUE(ParseJwks(Set(key + ",{}"), {.algorithms = kAll.algorithms, .max_keys = 2}).ok());
  EXPECT_EQ(Refusal(Set(key + ",{},{}"), {.algorithms = kAll.algorithms, .max_keys = 2}),
            "it has more than 2 keys");
}

}  // namespace
}  // namespace edge
