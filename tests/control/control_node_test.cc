#include <gmock/gmock.h>

#include "tests/control/control_rig.h"
#include "tests/support/node_fixture.h"

namespace control {
namespace {

constexpr uint32_t kMailbox = 1024;

// A server over a node of one shard, whose mailbox is full from `Fill` to `Empty`.
class FullNodeTest : public testing::Test {
 protected:
  FullNodeTest() {
    auto started = ControlServer::Start(LoopbackSettings(), *node_);
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    stub_ = v1::ControlService::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }
  void Fill() {
    node_.HoldShard(member_.id, until_.get_future().share());
    for (uint32_t i = 0; i < kMailbox; ++i) {
      node_->Broadcast({.rooms = {edge::RoomName("elsewhere")}, .message = {.payload = {}}},
                       [](const absl::StatusOr<edge::BroadcastResult>&) {});
    }
  }
  void Empty() { until_.set_value(); }

  grpc::Status Broadcast(v1::BroadcastResponse& response) {
    Context context;
    v1::BroadcastRequest request;
    request.add_rooms("chat");
    request.set_json("1");
    return stub_->Broadcast(&context, request, &response);
  }

  edge::TestNode node_{1,
                       [](auto& config) { config.mutable_node()->set_mailbox_capacity(kMailbox); }};
  edge::TestNode::Member member_ = node_.Join("alice", "chat");
  std::promise<void> until_;
  std::unique_ptr<ControlServer> server_;
  std::unique_ptr<v1::ControlService::Stub> stub_;
};

TEST_F(FullNodeTest, ACallIsRefusedAndChangesNothing) {
  Fill();
  v1::BroadcastResponse response;
  const grpc::Status refused = Broadcast(response);
  EXPECT_EQ(refused.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  Context context;
  v1::GetPresenceRequest request;
  request.set_room("chat");
  v1::GetPresenceResponse presence;
  EXPECT_EQ(stub_->GetPresence(&context, request, &presence).error_code(),
            grpc::RESOURCE_EXHAUSTED);
  Empty();
  ASSERT_TRUE(Eventually([&] { return Broadcast(response).ok(); }));
  EXPECT_EQ(response.results(0).offset(), 1u)
      << "what was refused has no place in the room's order";
  EXPECT_EQ(response.results(0).queued(), 1u);
}

TEST_F(FullNodeTest, AMessageOfAStreamIsRefusedAndTheStreamGoesOn) {
  Fill();
  Context context;
  const auto stream = stub_->BroadcastStream(&context);
  v1::BroadcastStreamRequest message;
  message.mutable_broadcast()->add_rooms("chat");
  message.mutable_broadcast()->set_json("1");
  v1::BroadcastStreamResponse response;
  ASSERT_TRUE(stream->Write(message));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error().code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(response.error()), "OVERLOADED");
  Empty();
  EXPECT_TRUE(Eventually(
      [&] { return stream->Write(message) && stream->Read(&response) && !response.has_error(); }));
  EXPECT_EQ(response.results(0).offset(), 1u);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace control
