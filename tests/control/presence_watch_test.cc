#include "control/presence_watch.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const edge::PresenceEvent> Join(uint64_t sequence, size_t info_bytes = 2) {
  auto event = std::make_shared<edge::PresenceEvent>();
  event->kind = edge::PresenceEvent::Kind::kJoin;
  event->room = edge::RoomName("a");
  event->sequence = sequence;
  event->connections.push_back({{}, edge::UserId("alice"), std::string(info_bytes, '1'), 0});
  return event;
}

// A part of a snapshot; further ones follow, but after the last.
std::shared_ptr<const edge::PresenceEvent> Part(size_t number, bool more, size_t connections = 1,
                                                size_t info_bytes = 2) {
  auto event = std::make_shared<edge::PresenceEvent>();
  event->room = edge::RoomName("a");
  event->more = more;
  event->stats = {7, 8};
  for (size_t i = 0; i < connections; ++i) {
    event->connections.push_back({{},
                                  edge::UserId(std::to_string(number) + "." + std::to_string(i)),
                                  std::string(info_bytes, '1'),
                                  0});
  }
  return event;
}

v1::WatchPresenceRequest Rooms(const std::vector<std::string>& rooms) {
  v1::WatchPresenceRequest request;
  for (const std::string& room : rooms) request.add_rooms(room);
  return request;
}

// A watch that the node has.
class WatchRig : public ControlRig {
 public:
  explicit WatchRig(const gatehouse::v1::ControlSettings& settings = LoopbackSettings())
      : ControlRig(settings), reader(stub->WatchPresence(&context, Rooms({"a"}))) {
    EXPECT_TRUE(Eventually([&] { return node.watches().size() == 1; }));
    watcher = node.watches()[0].watcher;
  }
  bool Stopped() {
    return Eventually([&] { return node.watches()[0].stopped; });
  }

  Context context;
  std::unique_ptr<grpc::ClientReader<v1::WatchPresenceResponse>> reader;
  std::shared_ptr<edge::PresenceWatcher> watcher;
};

TEST(PresenceWatchTest, HandsTheRoomsToTheNode) {
  ControlRig rig;
  Context context;
  v1::WatchPresenceRequest request = Rooms({"a", "b"});
  request.set_skip_snapshot(true);
  const auto reader = rig.stub->WatchPresence(&context, request);
  ASSERT_TRUE(Eventually([&] { return rig.node.watches().size() == 1; }));
  const edge::WatchPresenceCommand command = rig.node.watches()[0].command;
  EXPECT_THAT(command.rooms, ElementsAre(edge::RoomName("a"), edge::RoomName("b")));
  EXPECT_TRUE(command.skip_snapshot);
  context.TryCancel();
  reader->Finish();
}

TEST(PresenceWatchTest, WritesTheEventsInOrder) {
  WatchRig rig;
  for (uint64_t sequence = 1; sequence <= 50; ++sequence) {
    ASSERT_TRUE(rig.watcher->OnPresence(Join(sequence)));
  }
  for (uint64_t sequence = 1; sequence <= 50; ++sequence) {
    v1::WatchPresenceResponse response;
    ASSERT_TRUE(rig.reader->Read(&response));
    EXPECT_EQ(response.sequence(), sequence);
    EXPECT_EQ(response.join().connection().user(), "alice");
  }
  rig.context.TryCancel();
  EXPECT_EQ(rig.reader->Finish().error_code(), grpc::CANCELLED);
}

TEST(PresenceWatchTest, OneThatDoesNotReadIsEndedAndTakesNothingMore) {
  WatchRig rig;
  // The windows of HTTP/2 hold some; then 64 wait; the next is one too many.
  uint64_t sequence = 0;
  while (rig.watcher->OnPresence(Join(++sequence, 16 << 10))) ASSERT_LT(sequence, 10'000u);
  EXPECT_FALSE(rig.watcher->OnPresence(Join(++sequence)));
  v1::WatchPresenceResponse response;
  uint64_t last = 0;
  while (rig.reader->Read(&response)) EXPECT_EQ(response.sequence(), ++last);
  EXPECT_LT(last, sequence);
  const grpc::Status status = rig.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "WATCHER_TOO_SLOW");
  EXPECT_THAT(status.error_message(), HasSubstr("control.watch_queue"));
  EXPECT_TRUE(rig.Stopped());
}

// The queue holds 64.
TEST(PresenceWatchTest, ASnapshotMayHaveFarMorePartsThanTheQueueHolds) {
  WatchRig rig;
  constexpr size_t kParts = 2000;
  for (size_t i = 0; i < kParts; ++i) {
    ASSERT_TRUE(rig.watcher->OnPresence(Part(i, i + 1 < kParts, 1, 1 << 10)));
  }
  for (uint64_t sequence = 1; sequence <= 64; ++sequence) {
    ASSERT_TRUE(rig.watcher->OnPresence(Join(sequence)));
  }
  v1::WatchPresenceResponse response;
  for (size_t i = 0; i < kParts; ++i) {
    ASSERT_TRUE(rig.reader->Read(&response));
    ASSERT_EQ(response.snapshot().connections(0).user(), std::to_string(i) + ".0");
    EXPECT_EQ(response.snapshot().more(), i + 1 < kParts);
  }
  for (uint64_t sequence = 1; sequence <= 64; ++sequence) {
    ASSERT_TRUE(rig.reader->Read(&response));
    EXPECT_EQ(response.sequence(), sequence);
  }
  rig.context.TryCancel();
  EXPECT_EQ(rig.reader->Finish().error_code(), grpc::CANCELLED);
}

TEST(PresenceWatchTest, ChangesBehindASnapshotThatIsNotReadAreBounded) {
  WatchRig rig;
  constexpr size_t kParts = 2000;
  for (size_t i = 0; i < kParts; ++i) {
    ASSERT_TRUE(rig.watcher->OnPresence(Part(i, i + 1 < kParts, 1, 16 << 10)));
  }
  for (uint64_t sequence = 1; sequence <= 64; ++sequence) {
    ASSERT_TRUE(rig.watcher->OnPresence(Join(sequence)));
  }
  EXPECT_FALSE(rig.watcher->OnPresence(Join(65)));
  v1::WatchPresenceResponse response;
  while (rig.reader->Read(&response)) EXPECT_TRUE(response.has_snapshot());
  EXPECT_EQ(rig.reader->Finish().error_code(), grpc::RESOURCE_EXHAUSTED);
}

// Callers take messages of 4 MiB; these connections are 30 MiB.
TEST(PresenceWatchTest, APartThatIsTooLargeForAMessageIsCut) {
  WatchRig rig;
  constexpr size_t kConnections = 500;
  ASSERT_TRUE(rig.watcher->OnPresence(Part(0, false, kConnections, 60 << 10)));
  ASSERT_TRUE(rig.watcher->OnPresence(Join(1)));
  size_t read = 0;
  size_t messages = 0;
  bool more = true;
  for (v1::WatchPresenceResponse response; more; ++messages) {
    ASSERT_TRUE(rig.reader->Read(&response));
    for (const auto& connection : response.snapshot().connections()) {
      ASSERT_EQ(connection.user(), "0." + std::to_string(read++));
    }
    EXPECT_EQ(response.snapshot().user_count(), 7u);
    EXPECT_LE(response.ByteSizeLong(), size_t{3} << 20);
    more = response.snapshot().more();
  }
  EXPECT_EQ(read, kConnections);
  EXPECT_GT(messages, 10u);
  v1::WatchPresenceResponse response;
  ASSERT_TRUE(rig.reader->Read(&response));
  EXPECT_EQ(response.sequence(), 1u);
  rig.context.TryCancel();
  rig.reader->Finish();
}

TEST(PresenceWatchTest, ACallersCancelStopsTheWatch) {
  WatchRig rig;
  rig.context.TryCancel();
  EXPECT_TRUE(rig.Stopped());
  EXPECT_FALSE(rig.watcher->OnPresence(Join(1)));
  rig.watcher->OnWatchEnd(absl::UnavailableError("late"));
}

TEST(PresenceWatchTest, EndsWithTheNodesReason) {
  WatchRig rig;
  rig.watcher->OnWatchEnd(absl::ResourceExhaustedError("the room's shard's mailbox is full"));
  v1::WatchPresenceResponse response;
  EXPECT_FALSE(rig.reader->Read(&response));
  const grpc::Status status = rig.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "the room's shard's mailbox is full");
  EXPECT_TRUE(rig.Stopped());
}

TEST(PresenceWatchTest, ADrainEndsItAtOnce) {
  WatchRig rig;
  const auto begin = std::chrono::steady_clock::now();
  rig.server->Drain();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  v1::WatchPresenceResponse response;
  EXPECT_FALSE(rig.reader->Read(&response));
  const grpc::Status status = rig.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "draining");
  EXPECT_TRUE(rig.Stopped());
}

TEST(PresenceWatchTest, EventsAndCancelsMayRace) {
  ControlRig rig;
  for (size_t i = 0; i < 50; ++i) {
    Context context;
    const auto reader = rig.stub->WatchPresence(&context, Rooms({"a"}));
    ASSERT_TRUE(Eventually([&] { return rig.node.watches().size() == i + 1; }));
    const auto watcher = rig.node.watches()[i].watcher;
    std::thread shard([&] {
      for (uint64_t n = 1; watcher != nullptr && watcher->OnPresence(Join(n)); ++n) {
        std::this_thread::yield();
      }
    });
    v1::WatchPresenceResponse response;
    reader->Read(&response);
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    reader->Finish();
    shard.join();
    EXPECT_TRUE(Eventually([&] { return rig.node.watches()[i].stopped; }));
  }
}

struct BadWatch {
  const char* name;
  std::vector<std::string> rooms;
  std::string field;
};

class BadWatchTest : public testing::TestWithParam<BadWatch> {};

TEST_P(BadWatchTest, NamesTheFieldAndReachesNoNode) {
  ControlRig rig;
  Context context;
  const auto reader = rig.stub->WatchPresence(&context, Rooms(GetParam().rooms));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre(GetParam().field));
  EXPECT_EQ(rig.node.calls(), 0u);
}

std::vector<std::string> ManyRooms() {
  std::vector<std::string> rooms;
  for (int i = 0; i < 101; ++i) rooms.push_back("r" + std::to_string(i));
  return rooms;
}

INSTANTIATE_TEST_SUITE_P(All, BadWatchTest,
                         testing::Values(BadWatch{"None", {}, "rooms"},
                                         BadWatch{"TooMany", ManyRooms(), "rooms"},
                                         BadWatch{"Empty", {""}, "rooms[0]"},
                                         BadWatch{"Twice", {"a", "a"}, "rooms[1]"}),
                         [](const auto& bad) { return bad.param.name; });

}  // namespace
}  // namespace control
