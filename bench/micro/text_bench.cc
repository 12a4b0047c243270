#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "edge/wire/unmask.h"
#include "edge/wire/utf8.h"
#include "edge/wire/ws_decoder.h"

namespace edge {
namespace {

// Every third character takes two bytes: neither the path for ASCII nor the worst there is.
std::string MixedText(size_t size) {
  std::string text;
  while (text.size() + 4 <= size) text += "ab\xc3\xa9";
  text.resize(size, 'x');
  return text;
}

void CheckUtf8(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const std::string text = MixedText(size) + std::string(kScratchSlack, '\0');
  for (auto _ : state) benchmark::DoNotOptimize(IsUtf8({text.data(), size}));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(CheckUtf8)->Arg(128)->Arg(4096)->Arg(65536);

// What arrives in pieces is checked byte by byte.
void CheckUtf8InPieces(benchmark::State& state) {
  const std::string text = MixedText(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    Utf8Checker checker;
    benchmark::DoNotOptimize(checker.Feed(text));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(CheckUtf8InPieces)->Arg(128)->Arg(4096);

void UnmaskAPayload(benchmark::State& state) {
  const uint8_t key[4] = {0x12, 0x34, 0x56, 0x78};
  std::vector<char> payload(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    Unmask(payload.data(), payload.size(), key, 0);
    benchmark::DoNotOptimize(payload.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(UnmaskAPayload)->Arg(128)->Arg(4096)->Arg(65536);

}  // namespace
}  // namespace edge
