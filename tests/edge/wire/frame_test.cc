#include "edge/wire/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace edge {
namespace {

TEST(FrameTest, HoldsTheBytesItWasMadeOf) {
  const FramePtr frame = Frame::Copy(std::string_view("a\0b", 3));
  EXPECT_EQ(frame->bytes(), std::string_view("a\0b", 3));
  EXPECT_EQ(Frame::Copy("")->size(), 0U);
}

TEST(FrameTest, MakeGivesTheFillerRoomForExactlyItsSize) {
  const FramePtr frame = Frame::Make(1000, [](char* out) { std::fill_n(out, 1000, 'x'); });
  EXPECT_EQ(frame->bytes(), std::string(1000, 'x'));
}

TEST(FramePtrTest, LivesAsLongAsOneCopyDoes) {
  FramePtr copy;
  {
    const FramePtr first = Frame::Copy("bytes");
    copy = first;
    EXPECT_EQ(copy->data(), first->data());
  }
  EXPECT_EQ(copy->bytes(), "bytes");
}

TEST(FramePtrTest, AMoveLeavesNothingBehind) {
  FramePtr first = Frame::Copy("bytes");
  const FramePtr second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): this is the promise
  EXPECT_EQ(second->bytes(), "bytes");
}

TEST(FramePtrTest, AssigningItToItselfKeepsIt) {
  FramePtr frame = Frame::Copy("bytes");
  const FramePtr& same = frame;
  frame = same;
  EXPECT_EQ(frame->bytes(), "bytes");
}

TEST(LocalFrameTest, OutlivesTheFramePtrItWasMadeOf) {
  LocalFramePtr local;
  {
    const FramePtr frame = Frame::Copy("bytes");
    local = Localize(frame);
    EXPECT_EQ(local->data(), frame->data());
  }
  EXPECT_EQ(local->bytes(), "bytes");
}

TEST(LocalFrameTest, IsReleasedWithItsLastShare) {
  LocalFramePtr owner = Localize(Frame::Copy("bytes"));
  LocalFrame* const queued = &*owner;
  queued->AddRef();
  owner = LocalFramePtr();
  EXPECT_EQ(queued->bytes(), "bytes");
  queued->Release();
  // The block is the next one handed out, and the allocator has not had it meanwhile: nothing is
  // allocated in the steady state.
  std::vector<std::unique_ptr<char[]>> others;
  for (int i = 0; i < 50; ++i) others.push_back(std::make_unique<char[]>(sizeof(LocalFrame)));
  const LocalFramePtr next = Localize(Frame::Copy("other"));
  EXPECT_EQ(&*next, queued);
  EXPECT_EQ(next->bytes(), "other");
}

TEST(LocalFrameTest, ManyAtOnceAreMoreThanAThreadKeeps) {
  std::vector<LocalFramePtr> frames;
  for (int i = 0; i < 3000; ++i) frames.push_back(Localize(Frame::Copy(std::to_string(i))));
  for (int i = 0; i < 3000; ++i)
    EXPECT_EQ(frames[static_cast<size_t>(i)]->bytes(), std::to_string(i));
  frames.clear();
  EXPECT_EQ(Localize(Frame::Copy("again"))->bytes(), "again");
}

TEST(LocalFramePtrTest, CopiesMovesAndSelfAssignmentKeepTheCount) {
  LocalFramePtr first = Localize(Frame::Copy("bytes"));
  LocalFramePtr second = first;
  const LocalFramePtr& same = second;
  second = same;
  LocalFramePtr third = std::move(first);
  second = LocalFramePtr();
  EXPECT_EQ(third->bytes(), "bytes");
}

}  // namespace
}  // namespace edge
