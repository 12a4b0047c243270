#include "edge/auth/key_set.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

using gatehouse::v1::TokenKeySettings;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error(absl::StatusCode::kInvalidArgument, "{} cannot be read", path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

absl::StatusOr<TokenKey> LoadKey(const TokenKeySettings& settings) {
  const auto algorithm = ParseJwtAlgorithm(settings.algorithm());
  if (!algorithm) {
    return Error(absl::StatusCode::kInvalidArgument, "unknown algorithm '{}'",
                 settings.algorithm());
  }
  std::string secret = settings.secret();
  if (!settings.secret_file().empty()) {
    ASSIGN_OR_RETURN(secret, ReadFile(settings.secret_file()));
    if (secret.ends_with('\n')) secret.pop_back();
  }
  std::string pem = settings.public_key();
  if (!settings.public_key_file().empty()) {
    ASSIGN_OR_RETURN(pem, ReadFile(settings.public_key_file()));
  }
  if (secret.empty() == pem.empty()) {
    return absl::InvalidArgumentError("exactly one of a secret and a public key must be given");
  }
  if (IsHmac(*algorithm) == secret.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "{} goes with {}", settings.algorithm(),
                 IsHmac(*algorithm) ? "a secret" : "a public key");
  }
  if (IsHmac(*algorithm)) {
    ASSIGN_OR_RETURN(HmacKey key, HmacKey::Make(std::move(secret)));
    return TokenKey{settings.kid(), *algorithm, std::move(key)};
  }
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::Make(*algorithm, pem));
  return TokenKey{settings.kid(), *algorithm, std::move(key)};
}

}  // namespace

bool TokenKey::Verify(std::string_view message, std::string_view signature) const {
  return std::visit([&](const auto& k) { return k.Verify(algorithm, message, signature); }, key);
}

absl::StatusOr<KeySet> KeySet::Load(const gatehouse::v1::AuthSettings& settings) {
  KeySet set;
  std::string problems;
  for (int i = 0; i < settings.keys_size(); ++i) {
    const TokenKeySettings& each = settings.keys(i);
    absl::StatusOr<TokenKey> key = LoadKey(each);
    if (key.ok() && std::ranges::find(set.keys_, each.kid(), &TokenKey::kid) != set.keys_.end()) {
      key = absl::InvalidArgumentError("another key has this kid");
    }
    if (key.ok()) {
      set.keys_.push_back(*std::move(key));
    } else {
      problems += fmt::format("{}auth.keys[{}] (kid '{}'): {}", problems.empty() ? "" : "\n", i,
                              each.kid(), ToStd(key.status().message()));
    }
  }
  if (!problems.empty()) return absl::InvalidArgumentError(problems);
  return set;
}

KeySet KeySet::Of(std::vector<TokenKey> keys) {
  KeySet set;
  set.keys_ = std::move(keys);
  return set;
}

const TokenKey* KeySet::Find(std::string_view kid) const {
  if (kid.empty() && keys_.size() == 1) return &keys_.front();
  for (const TokenKey& key : keys_) {
    if (key.kid == kid) return &key;
  }
  return nullptr;
}

}  // namespace edge
