// The queue under every way a socket can take bytes: the wire must show whole frames in order, and
// every share of a frame must be given back.
#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "edge/base/random.h"
#include "edge/session/outbound_queue.h"
#include "frames.h"

namespace edge {
namespace {

constexpr OutboundQueue::Limits kWide{.max_bytes = 1 << 20, .max_frames = 4096};

TEST(OutboundQueueWriteTest, AWriteMayEndAtEveryOffset) {
  const std::string all = "onetwo!three";
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    OutboundQueue queue;
    for (const char* bytes : {"one", "two!", "three"})
      ASSERT_TRUE(queue.Push(*FrameOf(bytes), kWide));
    queue.Consume(cut);
    ASSERT_EQ(Gathered(queue), all.substr(cut)) << cut;
    ASSERT_EQ(queue.empty(), cut == all.size());
  }
}

TEST(OutboundQueueWriteTest, AControlMayComeAtEveryOffset) {
  const std::string all = "onetwo!three";
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    OutboundQueue queue;
    for (const char* bytes : {"one", "two!", "three"})
      ASSERT_TRUE(queue.Push(*FrameOf(bytes), kWide));
    queue.Consume(cut);
    ASSERT_TRUE(queue.PushControl(*FrameOf("<P>"), kWide));
    // At the next border of a frame.
    const size_t border = cut == 0 ? 0 : cut <= 3 ? 3 : cut <= 7 ? 7 : 12;
    ASSERT_EQ(all.substr(0, cut) + Gathered(queue),
              all.substr(0, border) + "<P>" + all.substr(border))
        << cut;
  }
}

TEST(OutboundQueueWriteTest, AQueueMayBeDroppedAtEveryOffset) {
  const std::string all = "onetwo!three";
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    OutboundQueue queue;
    for (const char* bytes : {"one", "two!", "three"})
      ASSERT_TRUE(queue.Push(*FrameOf(bytes), kWide));
    queue.Consume(cut);
    queue.DropUnsent();
    queue.PushLast(*FrameOf("<C>"));
    const size_t border = cut == 0 ? 0 : cut <= 3 ? 3 : cut <= 7 ? 7 : 12;
    ASSERT_EQ(all.substr(0, cut) + Gathered(queue), all.substr(0, border) + "<C>") << cut;
  }
}

// A list of texts with the rules of the header, and nothing else.
class NaiveQueue {
 public:
  void Push(std::string bytes) { frames_.push_back({std::move(bytes), false}); }
  void PushControl(std::string bytes) {
    size_t at = sent_ > 0 ? 1 : 0;
    while (at < frames_.size() && frames_[at].control) ++at;
    frames_.insert(frames_.begin() + static_cast<ptrdiff_t>(at), {std::move(bytes), true});
  }
  void DropUnsent() { frames_.resize(sent_ > 0 ? 1 : 0); }
  void Consume(size_t written) {
    while (!frames_.empty() && written >= frames_[0].bytes.size() - sent_) {
      written -= frames_[0].bytes.size() - sent_;
      sent_ = 0;
      frames_.pop_front();
    }
    if (!frames_.empty()) sent_ += written;
  }
  std::string Waiting() const {
    std::string bytes;
    for (const Each& frame : frames_) bytes += frame.bytes;
    return bytes.substr(std::min(sent_, bytes.size()));
  }
  size_t size() const { return frames_.size(); }

 private:
  struct Each {
    std::string bytes;
    bool control = false;
  };
  std::deque<Each> frames_;
  size_t sent_ = 0;
};

class OutboundQueuePropertyTest : public testing::TestWithParam<uint64_t> {
 protected:
  void Step() {
    const uint64_t what = random_.Below(100);
    std::string bytes(1 + random_.Below(6), static_cast<char>('a' + step_++ % 26));
    if (what < 45) {
      ASSERT_TRUE(queue_.Push(*FrameOf(bytes), kWide));
      model_.Push(std::move(bytes));
    } else if (what < 60) {
      bytes[0] = '<';
      ASSERT_TRUE(queue_.PushControl(*FrameOf(bytes), kWide));
      model_.PushControl(std::move(bytes));
    } else if (what < 97) {
      const size_t written = random_.Below(std::min<size_t>(model_.Waiting().size(), 20) + 1);
      queue_.Consume(written);
      model_.Consume(written);
    } else if (what < 98) {
      queue_.DropUnsent();
      model_.DropUnsent();
    } else {
      queue_.Release();
    }
  }

  FastRandom random_{GetParam()};
  uint64_t step_ = 0;
  OutboundQueue queue_;
  NaiveQueue model_;
};

TEST_P(OutboundQueuePropertyTest, IsTheSameAsAListAfterEveryOperation) {
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i) {
    Step();
    ASSERT_EQ(Gathered(queue_, 4096), model_.Waiting());
    ASSERT_EQ(queue_.frames(), model_.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OutboundQueuePropertyTest, testing::Values(1, 2, 3, 4, 5, 6));

// A frame whose end can be seen: its LocalFrame goes back to the thread's pool with its last share,
// so the next one made takes its place.
class FrameShares {
 public:
  explicit FrameShares(std::string_view bytes) : frame_(FrameOf(bytes)), place_(&*frame_) {}
  LocalFrame& operator*() { return *frame_; }
  // Gives up the test's own share; whether that was the last.
  bool WasLast() {
    frame_ = LocalFramePtr();
    return &*FrameOf("next") == place_;
  }

 private:
  LocalFramePtr frame_;
  LocalFrame* place_;
};

TEST(OutboundQueueSharesTest, AQueueHoldsItsFrames) {
  OutboundQueue queue;
  FrameShares frame("shared");
  ASSERT_TRUE(queue.Push(*frame, kWide));
  EXPECT_FALSE(frame.WasLast());
  EXPECT_EQ(Gathered(queue), "shared");
}

TEST(OutboundQueueSharesTest, ConsumeGivesSharesBack) {
  OutboundQueue queue;
  FrameShares frame("shared");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(queue.Push(*frame, kWide));
  ASSERT_TRUE(queue.PushControl(*frame, kWide));
  queue.Consume(101 * 6);
  EXPECT_TRUE(frame.WasLast());
}

TEST(OutboundQueueSharesTest, DropUnsentGivesSharesBackButOfTheFrameUnderWay) {
  OutboundQueue queue;
  FrameShares under_way("under way");
  FrameShares waits("waits");
  ASSERT_TRUE(queue.Push(*under_way, kWide));
  ASSERT_TRUE(queue.Push(*waits, kWide));
  queue.Consume(1);
  queue.DropUnsent();
  EXPECT_TRUE(waits.WasLast());
  EXPECT_FALSE(under_way.WasLast());
}

TEST(OutboundQueueSharesTest, ResetAndTheEndOfTheQueueGiveSharesBack) {
  FrameShares first("first");
  FrameShares second("second");
  {
    OutboundQueue queue;
    ASSERT_TRUE(queue.Push(*first, kWide));
    queue.Consume(2);
    queue.Reset();
    ASSERT_TRUE(queue.Push(*second, kWide));
    queue.PushFront(*second);
    queue.PushLast(*second);
  }
  EXPECT_TRUE(second.WasLast());
  EXPECT_TRUE(first.WasLast());
}

TEST(OutboundQueueSharesTest, ARefusedPushTakesNoShare) {
  OutboundQueue queue;
  FrameShares frame("too long");
  const OutboundQueue::Limits narrow{.max_bytes = 3, .max_frames = 1};
  EXPECT_FALSE(queue.Push(*frame, narrow));
  EXPECT_FALSE(queue.PushControl(*frame, narrow));
  EXPECT_TRUE(frame.WasLast());
}

}  // namespace
}  // namespace edge
