#include <benchmark/benchmark.h>

#include <string>

#include "edge/protocol/client_protocol.h"

namespace edge {
namespace {

void EncodeAPublication(benchmark::State& state) {
  const std::string content = "\"" + std::string(126, 'x') + "\"";
  const Publication publication{
      .room = "chat:lobby",
      .offset = 123456,
      .user = "alice",
      .kind = state.range(0) == 0 ? ContentKind::kJson : ContentKind::kText,
      .content = content,
      .unix_millis = 1795465205123};
  for (auto _ : state) benchmark::DoNotOptimize(PlainProtocol().EncodePublication(publication));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(EncodeAPublication)->ArgName("text")->Arg(0)->Arg(1);

}  // namespace
}  // namespace edge
