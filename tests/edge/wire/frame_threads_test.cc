// A frame that several shards share: the atomic count between them, plain counts inside each. TSan
// and ASan judge; the assertions see that nobody's bytes went early.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "edge/wire/frame.h"

namespace edge {
namespace {

// What a shard does with a publication: one LocalFrame, a share for every recipient, and all are
// let go of in another order.
bool DeliverToRecipients(FramePtr frame, std::string_view expected) {
  const LocalFramePtr local = Localize(std::move(frame));
  std::vector<LocalFrame*> queues;
  for (int i = 0; i < 50; ++i) {
    local->AddRef();
    queues.push_back(&*local);
  }
  bool right = true;
  for (LocalFrame* queued : queues) {
    right = right && queued->bytes() == expected;
    queued->Release();
  }
  return right && local->bytes() == expected;
}

TEST(FrameThreadsTest, TwoShardsShareAFrameWithPlainCountsInEach) {
  for (int round = 0; round < 2000; ++round) {
    const std::string text = "publication " + std::to_string(round);
    FramePtr frame = Frame::Copy(text);
    std::atomic<int> right = 0;
    std::thread shard([copy = frame, &right, &text]() mutable {
      right += DeliverToRecipients(std::move(copy), text) ? 1 : 0;
    });
    right += DeliverToRecipients(std::move(frame), text) ? 1 : 0;
    shard.join();
    ASSERT_EQ(right, 2);
  }
}

TEST(FrameThreadsTest, WhoeverLetsGoLastFreesIt) {
  std::vector<FramePtr> frames;
  for (int i = 0; i < 5000; ++i) frames.push_back(Frame::Copy("bytes of " + std::to_string(i)));
  std::vector<std::thread> shards;
  for (int s = 0; s < 3; ++s) {
    shards.emplace_back([copies = frames]() mutable { copies.clear(); });
  }
  frames.clear();
  for (std::thread& shard : shards) shard.join();
}

}  // namespace
}  // namespace edge
