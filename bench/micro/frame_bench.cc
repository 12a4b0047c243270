#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "edge/session/outbound_queue.h"
#include "edge/wire/frame.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

constexpr int kRecipients = 1000;

// What one delivery costs beside its write: push on the recipient's queue, gather, consume.
void QueueAFrameForEachOfAThousand(benchmark::State& state) {
  const FramePtr frame = MakeWsFrame(Opcode::kText, std::string(128, 'x'));
  std::vector<OutboundQueue> queues(kRecipients);
  std::array<iovec, 64> buffers;
  for (auto _ : state) {
    const LocalFramePtr local = Localize(frame);
    for (OutboundQueue& queue : queues) queue.Push(*local, {});
    for (OutboundQueue& queue : queues) {
      benchmark::DoNotOptimize(queue.Gather(buffers));
      queue.Consume(frame->size());
    }
  }
  state.SetItemsProcessed(state.iterations() * kRecipients);
}
BENCHMARK(QueueAFrameForEachOfAThousand);

// Copy and drop of a share for each recipient: the plain count, and the atomic one beside it.
void ShareALocalFrameWithAThousand(benchmark::State& state) {
  std::vector<LocalFramePtr> shares(kRecipients);
  for (auto _ : state) {
    const LocalFramePtr local = Localize(Frame::Copy("x"));
    for (LocalFramePtr& share : shares) share = local;
    for (LocalFramePtr& share : shares) share = LocalFramePtr();
  }
  state.SetItemsProcessed(state.iterations() * kRecipients);
}
BENCHMARK(ShareALocalFrameWithAThousand);

void ShareAFramePtrWithAThousand(benchmark::State& state) {
  std::vector<FramePtr> shares(kRecipients);
  for (auto _ : state) {
    const FramePtr frame = Frame::Copy("x");
    for (FramePtr& share : shares) share = frame;
    for (FramePtr& share : shares) share = FramePtr();
  }
  state.SetItemsProcessed(state.iterations() * kRecipients);
}
BENCHMARK(ShareAFramePtrWithAThousand);

}  // namespace
}  // namespace edge
