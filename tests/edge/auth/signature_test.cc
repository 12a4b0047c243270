#include "edge/auth/signature.h"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include "signing_key.h"

namespace edge {
namespace {

constexpr std::string_view kMessage = "header.payload";
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

HmacKey Secret(char fill = 's') {
  return *HmacKey::Make(std::string(32, fill));
}

TEST(JwtAlgorithmTest, NamesAreExact) {
  for (const char* name :
       {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"}) {
    const auto algorithm = ParseJwtAlgorithm(name);
    ASSERT_TRUE(algorithm.has_value()) << name;
    EXPECT_EQ(JwtAlgorithmName(*algorithm), name);
    EXPECT_EQ(IsHmac(*algorithm), name[0] == 'H');
  }
}

TEST(JwtAlgorithmTest, KnowsNoOthers) {
  for (const char* name :
       {"", "none", "None", "hs256", "HS256 ", "EDDSA", "ES512", "PS512", "HS1"}) {
    EXPECT_FALSE(ParseJwtAlgorithm(name).has_value()) << name;
  }
}

// RFC 4231 test case 6 has a key of 131 bytes.
TEST(HmacKeyTest, AgreesWithRfc4231) {
  const HmacKey key = *HmacKey::Make(std::string(131, '\xaa'));
  const std::string mac =
      key.Sign(JwtAlgorithm::kHs256, "Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(static_cast<uint8_t>(mac[0]), 0x60);
  EXPECT_EQ(static_cast<uint8_t>(mac[1]), 0xe4);
  EXPECT_EQ(static_cast<uint8_t>(mac[31]), 0x54);
  EXPECT_EQ(mac.size(), 32U);
  EXPECT_EQ(key.Sign(JwtAlgorithm::kHs384, "").size(), 48U);
  EXPECT_EQ(key.Sign(JwtAlgorithm::kHs512, "").size(), 64U);
}

TEST(HmacKeyTest, VerifiesItsOwnSignatureOnly) {
  const HmacKey key = Secret();
  const std::string mac = key.Sign(JwtAlgorithm::kHs256, kMessage);
  EXPECT_TRUE(key.Verify(JwtAlgorithm::kHs256, kMessage, mac));
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kHs256, "header.payloae", mac));
  EXPECT_FALSE(Secret('t').Verify(JwtAlgorithm::kHs256, kMessage, mac));
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kHs384, kMessage, mac));
}

TEST(HmacKeyTest, RefusesASignatureOfAnotherLength) {
  const HmacKey key = Secret();
  const std::string mac = key.Sign(JwtAlgorithm::kHs256, kMessage);
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kHs256, kMessage, ""));
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kHs256, kMessage, mac.substr(0, 31)));
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kHs256, kMessage, mac + '\0'));
}

TEST(HmacKeyTest, EveryChangedBitIsSeen) {
  const HmacKey key = Secret();
  const std::string mac = key.Sign(JwtAlgorithm::kHs256, kMessage);
  for (size_t bit = 0; bit < mac.size() * 8; ++bit) {
    std::string changed = mac;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    ASSERT_FALSE(key.Verify(JwtAlgorithm::kHs256, kMessage, changed)) << bit;
  }
}

TEST(HmacKeyTest, RefusesAShortSecret) {
  EXPECT_EQ(HmacKey::Make(std::string(31, 'x')).status().code(), kInvalid);
  EXPECT_EQ(HmacKey::Make("").status().code(), kInvalid);
  EXPECT_TRUE(HmacKey::Make(std::string(32, 'x')).ok());
}

TEST(HmacKeyTest, RefusesAPublicKeyAsASecret) {
  EXPECT_EQ(HmacKey::Make(SigningKey::Ed25519().PublicPem()).status().code(), kInvalid);
}

class PublicKeyTest : public testing::TestWithParam<JwtAlgorithm> {
 protected:
  SigningKey signer_ = SigningKey::For(GetParam());
  absl::StatusOr<PublicKey> key_ = PublicKey::Make(GetParam(), signer_.PublicPem());
};

TEST_P(PublicKeyTest, VerifiesWhatOpenSslSigned) {
  ASSERT_TRUE(key_.ok()) << key_.status();
  const std::string signature = signer_.Sign(GetParam(), kMessage);
  EXPECT_TRUE(key_->Verify(GetParam(), kMessage, signature));
}

TEST_P(PublicKeyTest, RefusesAnotherMessageOrAnotherKeysSignature) {
  ASSERT_TRUE(key_.ok());
  EXPECT_FALSE(key_->Verify(GetParam(), "header.payloae", signer_.Sign(GetParam(), kMessage)));
  const std::string foreign = SigningKey::For(GetParam()).Sign(GetParam(), kMessage);
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, foreign));
}

TEST_P(PublicKeyTest, RefusesAChangedSignature) {
  ASSERT_TRUE(key_.ok());
  const std::string signature = signer_.Sign(GetParam(), kMessage);
  for (size_t at = 0; at < signature.size(); ++at) {
    std::string changed = signature;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    ASSERT_FALSE(key_->Verify(GetParam(), kMessage, changed)) << at;
  }
}

TEST_P(PublicKeyTest, RefusesASignatureOfAnotherLength) {
  ASSERT_TRUE(key_.ok());
  const std::string signature = signer_.Sign(GetParam(), kMessage);
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, ""));
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, signature.substr(1)));
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, signature.substr(0, signature.size() - 1)));
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, signature + '\0'));
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, '\0' + signature));
  EXPECT_FALSE(key_->Verify(GetParam(), kMessage, std::string(signature.size(), '\0')));
}

TEST_P(PublicKeyTest, RefusesThePrivateKey) {
  EXPECT_EQ(PublicKey::Make(GetParam(), signer_.PrivatePem()).status().code(), kInvalid);
  EXPECT_EQ(PublicKey::Make(GetParam(), signer_.PublicPem() + signer_.PrivatePem()).status().code(),
            kInvalid);
}

TEST_P(PublicKeyTest, IsNotMadeFromAKeyOfAnotherKind) {
  const SigningKey wrong =
      GetParam() == JwtAlgorithm::kEs256 ? SigningKey::Ed25519() : SigningKey::Ec("P-256");
  EXPECT_EQ(PublicKey::Make(GetParam(), wrong.PublicPem()).status().code(), kInvalid);
}

// One of each kind: making an RSA key takes time. token_attack_test.cc has all algorithms.
INSTANTIATE_TEST_SUITE_P(Kinds, PublicKeyTest,
                         testing::Values(JwtAlgorithm::kRs256, JwtAlgorithm::kPs256,
                                         JwtAlgorithm::kEs256, JwtAlgorithm::kEs384,
                                         JwtAlgorithm::kEdDsa),
                         [](const auto& each) {
                           return std::string(JwtAlgorithmName(each.param));
                         });

TEST(EcKeyTest, RefusesAnotherCurve) {
  EXPECT_FALSE(PublicKey::Make(JwtAlgorithm::kEs256, SigningKey::Ec("P-384").PublicPem()).ok());
  EXPECT_FALSE(PublicKey::Make(JwtAlgorithm::kEs384, SigningKey::Ec("P-521").PublicPem()).ok());
  EXPECT_FALSE(PublicKey::Make(JwtAlgorithm::kEs256, SigningKey::Ec("secp256k1").PublicPem()).ok());
}

TEST(EcKeyTest, RefusesTheDerFormOfASignature) {
  const SigningKey signer = SigningKey::Ec("P-256");
  const PublicKey key = *PublicKey::Make(JwtAlgorithm::kEs256, signer.PublicPem());
  EXPECT_FALSE(
      key.Verify(JwtAlgorithm::kEs256, kMessage, signer.SignDer(JwtAlgorithm::kEs256, kMessage)));
}

TEST(RsaKeyTest, RefusesUnder2048Bits) {
  EXPECT_EQ(
      PublicKey::Make(JwtAlgorithm::kRs256, SigningKey::Rsa(1024).PublicPem()).status().code(),
      kInvalid);
  EXPECT_EQ(
      PublicKey::Make(JwtAlgorithm::kPs256, SigningKey::Rsa(2040).PublicPem()).status().code(),
      kInvalid);
}

TEST(RsaKeyTest, PssSaltIsAsLongAsTheDigest) {
  const SigningKey signer = SigningKey::Rsa(2048);
  const PublicKey key = *PublicKey::Make(JwtAlgorithm::kPs256, signer.PublicPem());
  EXPECT_TRUE(key.Verify(JwtAlgorithm::kPs256, kMessage, signer.SignPss(kMessage, 32)));
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kPs256, kMessage, signer.SignPss(kMessage, 20)));
}

TEST(RsaKeyTest, OnePaddingIsNotTheOther) {
  const SigningKey signer = SigningKey::Rsa(2048);
  const PublicKey key = *PublicKey::Make(JwtAlgorithm::kRs256, signer.PublicPem());
  EXPECT_FALSE(key.Verify(JwtAlgorithm::kRs256, kMessage, signer.SignPss(kMessage, 32)));
  EXPECT_FALSE(
      key.Verify(JwtAlgorithm::kPs256, kMessage, signer.Sign(JwtAlgorithm::kRs256, kMessage)));
}

TEST(PublicKeyPemTest, RefusesWhatIsNoPem) {
  for (const char* pem : {"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_EQ(PublicKey::Make(JwtAlgorithm::kRs256, pem).status().code(), kInvalid) << pem;
  }
}

}  // namespace
}  // namespace edge
