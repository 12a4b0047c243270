// The fake that the tests of sessions and hubs stand on.
#include "tests/support/recording_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frames.h"

namespace edge {
namespace {

using testing::ElementsAre;
using FlushResult = Transport::FlushResult;

class RecordingTransportTest : public testing::Test {
 protected:
  std::shared_ptr<RecordedConnection> connection_ = std::make_shared<RecordedConnection>();
  RecordingTransport transport_{connection_};
  OutboundQueue queue_;
};

TEST_F(RecordingTransportTest, WritesAllToAnOpenSocket) {
  for (int i = 0; i < 40; ++i) queue_.PushLast(*FrameOf("ab"));
  EXPECT_EQ(transport_.Flush(queue_), FlushResult::kDrained);
  EXPECT_EQ(connection_->bytes.size(), 80U);
}

TEST_F(RecordingTransportTest, BlocksAfterTheBytesItWasGiven) {
  connection_->writable = 3;
  queue_.PushLast(*FrameOf("ab"));
  queue_.PushLast(*FrameOf("cd"));
  EXPECT_EQ(transport_.Flush(queue_), FlushResult::kBlocked);
  EXPECT_EQ(connection_->bytes, "abc");
  EXPECT_TRUE(connection_->blocked);
  connection_->writable = RecordedConnection::kUnlimited;
  EXPECT_EQ(transport_.Flush(queue_), FlushResult::kDrained);
  EXPECT_EQ(connection_->bytes, "abcd");
}

TEST_F(RecordingTransportTest, FailsWhenTold) {
  connection_->fail = true;
  queue_.PushLast(*FrameOf("ab"));
  EXPECT_EQ(transport_.Flush(queue_), FlushResult::kFailed);
  EXPECT_EQ(connection_->bytes, "");
}

TEST_F(RecordingTransportTest, ReadsBackTheFrames) {
  connection_->per_write = 3;
  queue_.PushLast(*transport_.Open());
  queue_.PushLast(*Localize(MakeWsFrame(Opcode::kText, "hello")));
  queue_.PushLast(*transport_.PingFrame());
  queue_.PushLast(*Localize(MakeWsFrame(Opcode::kText, std::string(70000, 'x'))));
  queue_.PushLast(*transport_.CloseFrame(3001, "bye"));
  EXPECT_EQ(transport_.Flush(queue_), FlushResult::kDrained);
  EXPECT_THAT(connection_->Texts(), ElementsAre("hello", std::string(70000, 'x')));
  EXPECT_EQ(connection_->Messages().size(), 4U);
  EXPECT_EQ(connection_->Messages()[1].opcode, Opcode::kPing);
  EXPECT_EQ(connection_->CloseCode(), 3001);
}

}  // namespace
}  // namespace edge
