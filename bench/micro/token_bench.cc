#include <benchmark/benchmark.h>

#include <string>

#include "edge/auth/token_minter.h"
#include "edge/auth/token_verifier.h"

namespace edge {
namespace {

constexpr int64_t kNow = 1795465205123;

// Signature, claims and rights of a token, as every handshake pays for them.
void VerifyAnHs256Token(benchmark::State& state) {
  const std::string secret = "a secret of the benchmark, 32 bytes or more";
  gatehouse::v1::AuthSettings settings;
  auto* const key = settings.add_keys();
  key->set_algorithm("HS256");
  key->set_secret(secret);
  const TokenVerifier verifier(KeySet::Load(settings).value(), TokenRules{});
  const TokenRequest request{
      .user = "alice", .join = {"chat:*"}, .publish = {"chat:*"}, .issued_at_millis = kNow};
  const std::string token =
      MintToken(request, JwtAlgorithm::kHs256, HmacKey::Make(secret).value()).value();
  if (!verifier.Verify(token, kNow).ok()) return state.SkipWithError("the token is refused");
  for (auto _ : state) benchmark::DoNotOptimize(verifier.Verify(token, kNow).ok());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyAnHs256Token);

}  // namespace
}  // namespace edge
