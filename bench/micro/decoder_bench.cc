#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

#include "edge/wire/ws_decoder.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

class CountingSink final : public WsSink {
 public:
  size_t bytes = 0;
  bool OnWsMessage(bool, std::string_view payload) override {
    bytes += payload.size();
    return true;
  }
  bool OnWsPing(std::string_view) override { return true; }
  bool OnWsPong(std::string_view) override { return true; }
  void OnWsClose(uint16_t, std::string_view) override {}
};

// One read that holds `range(0)` text messages of 128 bytes. The copy into the buffer, which the
// decoder unmasks in place, is part of the figure: recv would have made it.
void FeedMessagesOf128Bytes(benchmark::State& state) {
  std::string read;
  for (int i = 0; i < state.range(0); ++i) {
    read += MakeMaskedFrame(Opcode::kText, std::string(128, 'x'), 0x12345678);
  }
  std::vector<char> buffer(read.size() + kScratchSlack);
  WsDecoder decoder;
  CountingSink sink;
  for (auto _ : state) {
    std::memcpy(buffer.data(), read.data(), read.size());
    decoder.Feed({buffer.data(), read.size()}, {}, sink);
  }
  benchmark::DoNotOptimize(sink.bytes);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(FeedMessagesOf128Bytes)->Arg(1)->Arg(8)->Arg(64);

// A message in two reads: the one case in which a decoder holds memory.
void FeedAMessageOf128BytesInTwoReads(benchmark::State& state) {
  const std::string frame = MakeMaskedFrame(Opcode::kText, std::string(128, 'x'), 0x12345678);
  const size_t half = frame.size() / 2;
  std::vector<char> buffer(frame.size() + kScratchSlack);
  WsDecoder decoder;
  CountingSink sink;
  for (auto _ : state) {
    std::memcpy(buffer.data(), frame.data(), half);
    decoder.Feed({buffer.data(), half}, {}, sink);
    std::memcpy(buffer.data(), frame.data() + half, frame.size() - half);
    decoder.Feed({buffer.data(), frame.size() - half}, {}, sink);
  }
  benchmark::DoNotOptimize(sink.bytes);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FeedAMessageOf128BytesInTwoReads);

}  // namespace
}  // namespace edge
