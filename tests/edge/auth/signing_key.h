#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "edge/auth/signature.h"

namespace edge {

// The private side, as an application has it: makes keys and signs with them through OpenSSL, so
// that what the edge verifies was not made by the edge.
class SigningKey {
 public:
  static SigningKey Rsa(int bits);
  static SigningKey Ec(const char* curve);  // "P-256", "P-384", …
  static SigningKey Ed25519();
  // A key of the right kind for the algorithm; not for HS.
  static SigningKey For(JwtAlgorithm algorithm);

  std::string PublicPem() const;
  std::string PrivatePem() const;
  // The members of its public JWK, without braces: "kty":"EC","crv":…
  std::string PublicJwk() const;

  // As JOSE wants it: r || s for ES.
  std::string Sign(JwtAlgorithm algorithm, std::string_view message) const;
  // An ECDSA signature as OpenSSL writes it.
  std::string SignDer(JwtAlgorithm algorithm, std::string_view message) const;
  // RSA-PSS with another length of the salt.
  std::string SignPss(std::string_view message, int salt_length) const;

 private:
  explicit SigningKey(EVP_PKEY* key);
  std::shared_ptr<EVP_PKEY> key_;
};

// HEADER.PAYLOAD without the signature.
std::string SignedPart(std::string_view header_json, std::string_view payload_json);
// A whole token.
std::string Token(std::string_view header_json, std::string_view payload_json,
                  JwtAlgorithm algorithm, const SigningKey& key);
std::string Token(std::string_view header_json, std::string_view payload_json,
                  JwtAlgorithm algorithm, const HmacKey& key);

}  // namespace edge
