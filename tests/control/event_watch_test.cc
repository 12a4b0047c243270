#include "control/event_watch.h"

#include <gmock/gmock.h>

#include <deque>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a test says comes next.
class FakeFeed final : public edge::EventFeed {
 public:
  edge::EventChunk Next(size_t most) override {
    const edge::MutexLock lock(mutex_);
    ++reads_;
    if (chunks_.empty()) return {};
    edge::EventChunk chunk = std::move(chunks_.front());
    chunks_.pop_front();
    return chunk;
  }
  void Stop() override { stopped = true; }

  void Add(edge::EventChunk chunk) {
    const edge::MutexLock lock(mutex_);
    chunks_.push_back(std::move(chunk));
  }
  size_t reads() {
    const edge::MutexLock lock(mutex_);
    return reads_;
  }
  std::atomic<bool> stopped = false;

 private:
  edge::Mutex mutex_;
  std::deque<edge::EventChunk> chunks_ ABSL_GUARDED_BY(mutex_);
  size_t reads_ ABSL_GUARDED_BY(mutex_) = 0;
};

edge::EventChunk Joined(uint64_t sequence) {
  edge::EdgeEvent event{.kind = edge::EdgeEvent::Kind::kJoined,
                        .sequence = sequence,
                        .unix_millis = 1500,
                        .connection = {1, 2, 3, 4, 5},
                        .user = edge::UserId("alice"),
                        .room = edge::RoomName("chat:1"),
                        .info = "{}"};
  return {.kind = edge::EventChunk::Kind::kEvents,
          .events = {std::make_shared<const edge::EdgeEvent>(std::move(event))},
          .token = "t" + std::to_string(sequence)};
}

class EventWatchTest : public testing::Test {
 protected:
  EventWatchTest() { rig.node.SetFeed(feed); }
  std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> Watch(
      const v1::WatchEventsRequest& request = {}) {
    return rig.stub->WatchEvents(&context, request);
  }

  const std::shared_ptr<FakeFeed> feed = std::make_shared<FakeFeed>();
  ControlRig rig;
  Context context;
};

TEST_F(EventWatchTest, HandsTheRequestToTheNode) {
  v1::WatchEventsRequest request;
  request.add_types(v1::EVENT_TYPE_JOINED);
  request.add_types(v1::EVENT_TYPE_SLOW);
  request.set_room_prefix("chat:");
  request.add_users("alice");
  request.set_snapshot(true);
  request.set_resume_token("token");
  const auto reader = Watch(request);
  ASSERT_TRUE(Eventually([&] { return rig.node.event_watches().size() == 1; }));
  const edge::WatchEventsCommand command = rig.node.event_watches()[0];
  EXPECT_EQ(command.filter.kinds, 1U << 3 | 1U << 9);
  EXPECT_EQ(command.filter.room_prefix, "chat:");
  EXPECT_THAT(command.filter.users, ElementsAre(edge::UserId("alice")));
  EXPECT_TRUE(command.snapshot);
  EXPECT_EQ(command.resume_token, "token");
  context.TryCancel();
  reader->Finish();
  EXPECT_TRUE(Eventually([&] { return feed->stopped.load(); }));
}

TEST_F(EventWatchTest, WritesWhatIsThereAndThenWhatItIsWokenFor) {
  feed->Add({.kind = edge::EventChunk::Kind::kGap});
  edge::EventChunk part{.kind = edge::EventChunk::Kind::kSnapshot, .more = true};
  part.connections.push_back({.connection = {1, 2, 3, 4, 5},
                              .user = edge::UserId("bob"),
                              .address = "127.0.0.1:5",
                              .connected_unix_millis = 2000,
                              .rooms = {edge::RoomName("a"), edge::RoomName("b")}});
  feed->Add(std::move(part));
  const auto reader = Watch();
  v1::WatchEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_TRUE(response.has_gap());
  ASSERT_TRUE(reader->Read(&response));
  ASSERT_EQ(response.snapshot().connections_size(), 1);
  EXPECT_TRUE(response.snapshot().more());
  EXPECT_EQ(response.snapshot().connections(0).user(), "bob");
  EXPECT_EQ(response.snapshot().connections(0).connected().seconds(), 2);
  EXPECT_THAT(response.snapshot().connections(0).rooms(), ElementsAre("a", "b"));
  EXPECT_THAT(response.resume_token(), IsEmpty());
  ASSERT_TRUE(Eventually([&] { return feed->reads() >= 3; }));
  for (uint64_t sequence = 1; sequence <= 20; ++sequence) {
    feed->Add(Joined(sequence));
    rig.node.WakeFeed();
    ASSERT_TRUE(reader->Read(&response));
    ASSERT_EQ(response.events().events_size(), 1);
    const v1::Event& event = response.events().events(0);
    EXPECT_EQ(event.type(), v1::EVENT_TYPE_JOINED);
    EXPECT_EQ(event.sequence(), sequence);
    EXPECT_EQ(event.user(), "alice");
    EXPECT_EQ(event.room(), "chat:1");
    EXPECT_EQ(event.time().nanos(), 500'000'000);
    EXPECT_EQ(response.resume_token(), "t" + std::to_string(sequence));
  }
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::CANCELLED);
}

// While its caller does not read, nothing is taken out of the log for it.
TEST_F(EventWatchTest, AWatcherThatDoesNotReadHoldsNothingUp) {
  edge::EventChunk large = Joined(1);
  edge::EdgeEvent event = *large.events[0];
  event.info = std::string(64 << 10, '1');
  large.events = {std::make_shared<const edge::EdgeEvent>(std::move(event))};
  for (int i = 0; i < 2000; ++i) feed->Add(large);
  const auto reader = Watch();
  size_t before = 0;
  ASSERT_TRUE(Eventually([&] {
    const size_t now = feed->reads();
    return now > 0 && std::exchange(before, now) == now;
  }));
  EXPECT_LT(feed->reads(), 1000u);
  v1::WatchEventsResponse response;
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(reader->Read(&response));
  context.TryCancel();
  reader->Finish();
}

TEST_F(EventWatchTest, TheFeedsEndIsTheStreams) {
  feed->Add({.end = absl::ResourceExhaustedError("full")});
  const auto reader = Watch();
  v1::WatchEventsResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Eventually([&] { return feed->stopped.load(); }));
}

}  // namespace
}  // namespace control
