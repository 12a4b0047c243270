#include "signing_key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "edge/auth/base64url.h"
#include "edge/base/check.h"

namespace edge {
namespace {

const EVP_MD* Digest(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::kRs384:
    case JwtAlgorithm::kEs384:
      return EVP_sha384();
    case JwtAlgorithm::kRs512:
      return EVP_sha512();
    case JwtAlgorithm::kEdDsa:
      return nullptr;
    default:
      return EVP_sha256();
  }
}

// `pss_salt` of 0: no PSS.
std::string SignWith(EVP_PKEY* key, const EVP_MD* digest, int pss_salt, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  GATEHOUSE_CHECK(EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, key) == 1,
                  "init");
  if (pss_salt != 0) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, pss_salt);
  }
  std::string signature(1024, '\0');
  size_t size = signature.size();
  GATEHOUSE_CHECK(
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1,
      "sign");
  signature.resize(size);
  return signature;
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace

SigningKey::SigningKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {
  GATEHOUSE_CHECK(key != nullptr, "no key was made");
}

SigningKey SigningKey::Rsa(int bits) {
  return SigningKey(EVP_RSA_gen(static_cast<unsigned>(bits)));
}
SigningKey SigningKey::Ec(const char* curve) {
  return SigningKey(EVP_EC_gen(curve));
}
SigningKey SigningKey::Ed25519() {
  return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

SigningKey SigningKey::For(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::kEs256:
      return Ec("P-256");
    case JwtAlgorithm::kEs384:
      return Ec("P-384");
    case JwtAlgorithm::kEdDsa:
      return Ed25519();
    default:
      return Rsa(2048);
  }
}

std::string SigningKey::PublicPem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), key_.get());
  return Contents(bio.get());
}

std::string SigningKey::PrivatePem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return Contents(bio.get());
}

std::string SigningKey::PublicJwk() const {
  const auto number = [this](const char* name) {
    BIGNUM* value = nullptr;
    GATEHOUSE_CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1, "a key's number");
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> owner(value, BN_free);
    // Coordinates keep their zeros in front.
    const bool coordinate = name[0] == 'q';
    const int size = coordinate ? (EVP_PKEY_bits(key_.get()) + 7) / 8 : BN_num_bytes(value);
    std::string bytes(static_cast<size_t>(size), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), size);
    return Base64UrlEncode(bytes);
  };
  switch (EVP_PKEY_base_id(key_.get())) {
    case EVP_PKEY_RSA:
      return R"("kty":"RSA","n":")" + number("n") + R"(","e":")" + number("e") + "\"";
    case EVP_PKEY_EC: {
      const std::string curve = "P-" + std::to_string(EVP_PKEY_bits(key_.get()));
      return R"("kty":"EC","crv":")" + curve + R"(","x":")" + number("qx") + R"(","y":")" +
             number("qy") + "\"";
    }
    default: {
      std::array<unsigned char, 32> raw = {};
      size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size);
      return R"("kty":"OKP","crv":"Ed25519","x":")" +
             Base64UrlEncode({reinterpret_cast<char*>(raw.data()), size}) + "\"";
    }
  }
}

std::string SigningKey::SignDer(JwtAlgorithm algorithm, std::string_view message) const {
  return SignWith(key_.get(), Digest(algorithm), 0, message);
}

std::string SigningKey::SignPss(std::string_view message, int salt_length) const {
  return SignWith(key_.get(), EVP_sha256(), salt_length, message);
}

std::string SigningKey::Sign(JwtAlgorithm algorithm, std::string_view message) const {
  if (algorithm == JwtAlgorithm::kPs256) return SignPss(message, RSA_PSS_SALTLEN_DIGEST);
  std::string signature = SignDer(algorithm, message);
  if (algorithm != JwtAlgorithm::kEs256 && algorithm != JwtAlgorithm::kEs384) return signature;
  const auto half = static_cast<size_t>(algorithm == JwtAlgorithm::kEs256 ? 32 : 48);
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* const pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(signature.size()));
  std::string jose(2 * half, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(jose.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, static_cast<int>(half));
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + half, static_cast<int>(half));
  ECDSA_SIG_free(pair);
  return jose;
}

std::string SignedPart(std::string_view header_json, std::string_view payload_json) {
  return Base64UrlEncode(header_json) + "." + Base64UrlEncode(payload_json);
}

std::string Token(std::string_view header_json, std::string_view payload_json,
                  JwtAlgorithm algorithm, const SigningKey& key) {
  const std::string part = SignedPart(header_json, payload_json);
  return part + "." + Base64UrlEncode(key.Sign(algorithm, part));
}

std::string Token(std::string_view header_json, std::string_view payload_json,
                  JwtAlgorithm algorithm, const HmacKey& key) {
  const std::string part = SignedPart(header_json, payload_json);
  return part + "." + Base64UrlEncode(key.Sign(algorithm, part));
}

}  // namespace edge
