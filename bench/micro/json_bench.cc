#include <benchmark/benchmark.h>

#include <string>

#include "edge/base/json_scanner.h"
#include "edge/protocol/client_protocol.h"

namespace edge {
namespace {

const std::string& Message() {
  static const std::string message =
      R"({"id":17,"room":"chat:lobby","content":{"text":"one hundred and twenty-eight bytes or so","n":)"
      R"([1,2,3],"at":1795465205.125,"ok":true}})";
  return message;
}

void ScanAMessage(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(IsValidJson(Message()));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(Message().size()));
}
BENCHMARK(ScanAMessage);

void DecodeAMessage(benchmark::State& state) {
  for (auto _ : state) {
    ClientCommand command;
    benchmark::DoNotOptimize(PlainProtocol().Decode(Message(), command).ok());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(Message().size()));
}
BENCHMARK(DecodeAMessage);

}  // namespace
}  // namespace edge
