#include "control/history_handlers.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

edge::HistoryPage Page() {
  edge::HistoryPage page{.position = {0xff, 9}, .first_offset = 3, .next_token = "next"};
  page.publications.push_back(
      {.offset = 3,
       .unix_millis = 1500,
       .message = {.payload = {.bytes = "{}"}, .user = "alice", .tags = {{"k", "v"}}}});
  page.publications.push_back(
      {.offset = 4,
       .unix_millis = 1600,
       .message = {.payload = {.kind = edge::Payload::Kind::kBinary, .bytes = "\x01"}}});
  return page;
}

TEST(GetHistoryTest, AnswersWithThePublicationsAndTheRoomsPosition) {
  ControlRig rig;
  rig.node.get_history.Answer(Page());
  v1::GetHistoryRequest request;
  request.set_room("chat:1");
  request.set_newest_first(true);
  request.set_since_offset(5);
  request.set_epoch(0xff);
  request.set_page_size(2);
  request.set_page_token("token");
  v1::GetHistoryResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetHistory(&context, request, &response).ok());
  const edge::HistoryQuery query = rig.node.get_history.only();
  EXPECT_EQ(query.room, edge::RoomName("chat:1"));
  EXPECT_TRUE(query.reverse);
  EXPECT_EQ(query.since, (edge::RoomPosition{0xff, 5}));
  EXPECT_EQ(query.page.size, 2u);
  EXPECT_EQ(query.page.token, "token");
  EXPECT_EQ(response.offset(), 9u);
  EXPECT_EQ(response.epoch(), 0xffu);
  EXPECT_EQ(response.first_offset(), 3u);
  EXPECT_EQ(response.next_page_token(), "next");
  ASSERT_EQ(response.publications_size(), 2);
  EXPECT_EQ(response.publications(0).offset(), 3u);
  EXPECT_EQ(response.publications(0).time().nanos(), 500'000'000);
  EXPECT_EQ(response.publications(0).payload().json(), "{}");
  EXPECT_EQ(response.publications(0).user(), "alice");
  EXPECT_EQ(response.publications(0).tags().at("k"), "v");
  EXPECT_EQ(response.publications(1).payload().binary(), "\x01");
}

TEST(GetHistoryTest, WithoutAPositionItIsFromTheEnd) {
  ControlRig rig;
  v1::GetHistoryRequest request;
  request.set_room("chat:1");
  v1::GetHistoryResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->GetHistory(&context, request, &response).ok());
  EXPECT_FALSE(rig.node.get_history.only().since.has_value());
}

TEST(GetHistoryTest, ALostPositionIsOutOfRange) {
  ControlRig rig;
  rig.node.get_history.Answer(absl::OutOfRangeError("history begins at offset 7"));
  v1::GetHistoryRequest request;
  request.set_room("chat:1");
  request.set_since_offset(1);
  v1::GetHistoryResponse response;
  Context context;
  const grpc::Status status = rig.stub->GetHistory(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::OUT_OF_RANGE);
  EXPECT_EQ(ReasonOf(status), "POSITION_LOST");
}

TEST(RemoveHistoryTest, SaysWhetherThereWasAny) {
  ControlRig rig;
  rig.node.remove_history.Answer(edge::RemoveHistoryResult{true});
  v1::RemoveHistoryRequest request;
  request.set_room("chat:1");
  v1::RemoveHistoryResponse response;
  Context context;
  ASSERT_TRUE(rig.stub->RemoveHistory(&context, request, &response).ok());
  EXPECT_EQ(rig.node.remove_history.only(), edge::RoomName("chat:1"));
  EXPECT_TRUE(response.existed());
}

}  // namespace
}  // namespace control
