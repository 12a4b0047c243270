#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "absl/status/statusor.h"

namespace edge {

// RFC 7518 section 3.1 and RFC 8037, the algorithms that are served. No `none`.
enum class JwtAlgorithm {
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kEs256,
  kEs384,
  kEdDsa
};

// Nothing for a name that is not served.
std::optional<JwtAlgorithm> ParseJwtAlgorithm(std::string_view name);
std::string_view JwtAlgorithmName(JwtAlgorithm algorithm);
bool IsHmac(JwtAlgorithm algorithm);

// A shared secret; never made from a public key.
class HmacKey {
 public:
  // kInvalidArgument: under 32 bytes, or PEM.
  static absl::StatusOr<HmacKey> Make(std::string secret);
  std::string Sign(JwtAlgorithm algorithm, std::string_view message) const;
  // In constant time.
  bool Verify(JwtAlgorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  std::string secret_;
};

// A public key, fit for exactly one algorithm.
class PublicKey {
 public:
  // kInvalidArgument: no PEM public key, a private one, an RSA key under 2,048 bits, or a kind or
  // curve that is not the algorithm's.
  static absl::StatusOr<PublicKey> Make(JwtAlgorithm algorithm, std::string_view pem);
  // The same of a key that has been read already.
  static absl::StatusOr<PublicKey> Of(JwtAlgorithm algorithm, std::shared_ptr<EVP_PKEY> key);
  bool Verify(JwtAlgorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace edge
