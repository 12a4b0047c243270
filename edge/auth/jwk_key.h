#pragma once

#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "absl/status/statusor.h"

// Public keys from the numbers of a JWK (RFC 7518 section 6, RFC 8037 section 2), as big-endian
// bytes. Each gives kInvalidArgument for what is no such key.
namespace edge {

// At most 8,192 bits, since a signature costs more the longer the key is.
absl::StatusOr<std::shared_ptr<EVP_PKEY>> RsaPublicKey(std::string_view modulus,
                                                       std::string_view exponent);
// `curve`: "P-256" or "P-384". Coordinates have the full size of the field; the point has to lie on
// the curve.
absl::StatusOr<std::shared_ptr<EVP_PKEY>> EcPublicKey(std::string_view curve, std::string_view x,
                                                      std::string_view y);
absl::StatusOr<std::shared_ptr<EVP_PKEY>> Ed25519PublicKey(std::string_view x);

}  // namespace edge
