#include "edge/auth/api_key.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <fmt/format.h>

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
  std::string problems;
  for (int i = 0; i < settings.api_keys_size(); ++i) {
    const auto& each = settings.api_keys(i);
    const std::optional<std::string> digest = DecodeHex(each.sha256());
    if (const std::string problem = keys.ProblemWith(each, digest); !problem.empty()) {
      problems += fmt::format("{}control.api_keys[{}] '{}': {}", problems.empty() ? "" : "\n", i,
                              each.name(), problem);
      continue;
    }
    keys.keys_.push_back(
        {each.name(),
         *digest,
         {{each.rpcs().begin(), each.rpcs().end()}, {each.rooms().begin(), each.rooms().end()}}});
  }
  if (!problems.empty()) return absl::InvalidArgumentError(problems);
  return keys;
}

std::string ApiKeys::ProblemWith(const gatehouse::v1::ApiKeySettings& key,
                                 const std::optional<std::string>& digest) const {
  if (!digest) return "sha256 is not 64 hex digits";
  if (std::ranges::find(keys_, key.name(), &Key::name) != keys_.end()) {
    return "another key has this name";
  }
  // Two scopes for one key: which of them holds would be chance.
  const auto same = std::ranges::find(keys_, *digest, &Key::digest);
  if (same != keys_.end()) return fmt::format("has the same sha256 as '{}'", same->name);
  for (const std::string& prefix : key.rooms()) {
    // It would be a prefix of every room.
    if (prefix.empty()) return "an empty prefix in rooms; without rooms the key is for all";
  }
  return "";
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
