#include "edge/auth/jwk_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <string>

#include "edge/base/text.h"

namespace edge {
namespace {

constexpr size_t kMaxModulus = 1024;  // bytes
constexpr size_t kMaxExponent = 8;
constexpr size_t kEd25519Size = 32;

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

absl::Status Bad(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number ToNumber(std::string_view bytes) {
  return {BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr), BN_free};
}

// Null: these are no parameters of such a key.
KeyPtr FromData(const char* kind, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(
      OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  const bool made =
      parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  ERR_clear_error();
  if (made) return {key, EVP_PKEY_free};
  EVP_PKEY_free(key);
  return nullptr;
}

}  // namespace

absl::StatusOr<KeyPtr> RsaPublicKey(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kMaxModulus) {
    return Error(absl::StatusCode::kInvalidArgument, "RSA key of {} bits, limit {}",
                 8 * modulus.size(), 8 * kMaxModulus);
  }
  // Anything but an odd exponent above 1 is no RSA key, and a long one makes signatures dear.
  if (exponent.empty() || exponent.size() > kMaxExponent ||
      (static_cast<unsigned char>(exponent.back()) & 1) == 0) {
    return Bad("the exponent 'e' is not one of an RSA key");
  }
  const Number n = ToNumber(modulus);
  const Number e = ToNumber(exponent);
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  const bool filled = n != nullptr && e != nullptr && builder != nullptr && BN_is_odd(n.get()) &&
                      BN_is_one(e.get()) == 0 &&
                      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  KeyPtr key = filled ? FromData("RSA", builder.get()) : nullptr;
  if (key == nullptr) return Bad("'n' and 'e' are not those of an RSA key");
  return key;
}

absl::StatusOr<KeyPtr> EcPublicKey(std::string_view curve, std::string_view x, std::string_view y) {
  const size_t size = curve == "P-256" ? 32 : curve == "P-384" ? 48 : 0;
  if (size == 0) return Bad("the curve is not served");
  if (x.size() != size || y.size() != size) {
    return Error(absl::StatusCode::kInvalidArgument,
                 "'x' and 'y' are {} and {} bytes, each must be {}", x.size(), y.size(), size);
  }
  // SEC 1 section 2.3.3: an uncompressed point.
  std::string point = "\x04";
  point.append(x).append(y);
  const std::string name(curve);
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  const bool filled = builder != nullptr &&
                      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                      name.c_str(), 0) == 1 &&
                      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                       point.data(), point.size()) == 1;
  KeyPtr key = filled ? FromData("EC", builder.get()) : nullptr;
  if (key == nullptr) return Bad("'x' and 'y' are not a point of the curve");
  return key;
}

absl::StatusOr<KeyPtr> Ed25519PublicKey(std::string_view x) {
  if (x.size() != kEd25519Size) {
    return Error(absl::StatusCode::kInvalidArgument, "'x' is {} bytes, must be {}", x.size(),
                 kEd25519Size);
  }
  KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(x), x.size()),
             EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) return Bad("'x' is not an Ed25519 key");
  return key;
}

}  // namespace edge
