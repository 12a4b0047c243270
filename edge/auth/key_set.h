#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/signature.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// A key and the only algorithm it is used with. A shared secret and a public key are different
// types, so that a public key cannot be taken for a secret.
struct TokenKey {
  std::string kid;
  JwtAlgorithm algorithm = JwtAlgorithm::kHs256;
  std::variant<HmacKey, PublicKey> key;

  bool Verify(std::string_view message, std::string_view signature) const;
};

// The keys that sign tokens. Immutable, any thread.
class KeySet {
 public:
  // kInvalidArgument: every key that cannot be used, by its index and kid.
  static absl::StatusOr<KeySet> Load(const gatehouse::v1::AuthSettings& settings);

  // Keys that have been read already, each with a kid of its own.
  static KeySet Of(std::vector<TokenKey> keys);

  // The key a token names. A token without a kid means the key without one or, if there is only one
  // key, that. Null: none.
  const TokenKey* Find(std::string_view kid) const;
  size_t size() const { return keys_.size(); }
  const std::vector<TokenKey>& keys() const { return keys_; }

 private:
  std::vector<TokenKey> keys_;
};

}  // namespace edge
