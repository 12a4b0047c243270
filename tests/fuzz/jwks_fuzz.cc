// DEPS auth
// A key set as a server gives it. What is taken is bound to an algorithm that is allowed, and can
// be asked to verify something.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/auth/jwks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edge;
  if (size == 0) return 0;
  JwksRules rules;
  // The first byte chooses what is allowed; HS never counts.
  for (int i = 0; i < 8; ++i) {
    if ((data[0] >> i & 1) != 0) rules.algorithms.push_back(static_cast<JwtAlgorithm>(i + 2));
  }
  rules.max_keys = 4;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto set = ParseJwks(text, rules);
  if (!set.ok()) {
    if (set.status().code() != absl::StatusCode::kInvalidArgument) std::abort();
    return 0;
  }
  if (set->keys.size() == 0 || set->keys.size() + set->skipped > rules.max_keys) std::abort();
  for (const TokenKey& key : set->keys.keys()) {
    if (IsHmac(key.algorithm) || key.kid.size() > 255) std::abort();
    if (set->keys.Find(key.kid) == nullptr) std::abort();
    if (key.Verify("text", std::string(64, 'x'))) std::abort();
  }
  return 0;
}
