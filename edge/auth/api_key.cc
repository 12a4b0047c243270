#include "edge/auth/api_key.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "edge/base/text.h"

namespace edge {
namespace {

std::optional<std::string> DecodeHex(std::string_view hex) {
  if (hex.size() != size_t{2} * SHA256_DIGEST_LENGTH) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int value = 0;
    for (const char c : hex.substr(i, 2)) {
      const char lower = static_cast<char>(c | 0x20);
      if (c >= '0' && c <= '9') {
        value = value * 16 + (c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        value = value * 16 + (lower - 'a' + 10);
      } else {
        return std::nullopt;
      }
    }
    out += static_cast<char>(value);
  }
  return out;
}

}  // namespace

bool CallerScopes::MayCall(std::string_view rpc) const {
  return rpcs.empty() || std::ranges::find(rpcs, rpc) != rpcs.end();
}

bool CallerScopes::MayNameRoom(std::string_view room) const {
  return room_prefixes.empty() ||
         std::ranges::any_of(
             room_prefixes, [room](const std::string& prefix) { return room.starts_with(prefix); });
}

absl::StatusOr<ApiKeys> ApiKeys::Load(const gatehouse::v1::ControlSettings& settings) {
  ApiKeys keys;
  for (const auto& each : settings.api_keys()) {
    const std::optional<std::string> digest = DecodeHex(each.sha256());
    if (!digest) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "control.api_keys '{}': sha256 is not 64 hex digits", each.name());
    }
    if (std::ranges::find(keys.keys_, each.name(), &Key::name) != keys.keys_.end()) {
      return Error(absl::StatusCode::kInvalidArgument, "control.api_keys '{}' is given twice",
                   each.name());
    }
    // Two scopes for one key: which of them holds would be chance.
    if (const auto same = std::ranges::find(keys.keys_, *digest, &Key::digest);
        same != keys.keys_.end()) {
      return Error(absl::StatusCode::kInvalidArgument,
                   "control.api_keys '{}' has the same sha256 as '{}'", each.name(), same->name);
    }
    keys.keys_.push_back(
        {each.name(),
         *digest,
         {{each.rpcs().begin(), each.rpcs().end()}, {each.rooms().begin(), each.rooms().end()}}});
  }
  return keys;
}

std::optional<Caller> ApiKeys::Find(std::string_view presented) const {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(presented.data()), presented.size(), digest);
  std::optional<Caller> found;
  // All are compared, whichever matches: the time says nothing.
  for (const Key& key : keys_) {
    if (CRYPTO_memcmp(key.digest.data(), digest, sizeof digest) == 0) {
      found = Caller{key.name, &key.scopes};
    }
  }
  return found;
}

}  // namespace edge
