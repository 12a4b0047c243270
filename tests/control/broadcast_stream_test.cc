#include "control/broadcast_stream.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using Stream = grpc::ClientReaderWriter<v1::BroadcastStreamRequest, v1::BroadcastStreamResponse>;

v1::BroadcastStreamRequest Message(const std::string& id, const std::string& room = "a") {
  v1::BroadcastStreamRequest request;
  request.set_id(id);
  request.mutable_broadcast()->add_rooms(room);
  request.mutable_broadcast()->set_json("1");
  return request;
}

v1::BroadcastStreamResponse ReadOne(Stream& stream) {
  v1::BroadcastStreamResponse response;
  EXPECT_TRUE(stream.Read(&response));
  return response;
}

TEST(BroadcastStreamTest, AnswersEachMessageByItsId) {
  ControlRig rig;
  edge::RoomDelivery delivery;
  delivery.offset = 7;
  delivery.counts = {3, 3, 0};
  rig.node.broadcast.Answer(edge::BroadcastResult{delivery});
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("first", "chat:1")));
  const v1::BroadcastStreamResponse response = ReadOne(*stream);
  EXPECT_EQ(response.id(), "first");
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).room(), "chat:1");
  EXPECT_EQ(response.results(0).offset(), 7u);
  EXPECT_EQ(response.results(0).queued(), 3u);
  EXPECT_FALSE(response.has_error());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(BroadcastStreamTest, PublishesInTheStreamsOrderAndAnswersInTheOrderOfCompletion) {
  ControlRig rig;
  rig.node.broadcast.Hold();
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  for (const char* id : {"1", "2", "3"}) ASSERT_TRUE(stream->Write(Message(id, id)));
  ASSERT_TRUE(Eventually([&] { return rig.node.broadcast.count() == 3; }));
  std::vector<std::string> published;
  for (const auto& command : rig.node.broadcast.all()) published.push_back(command.rooms[0].str());
  EXPECT_THAT(published, ElementsAre("1", "2", "3"));
  rig.node.broadcast.Release(/*oldest_first=*/false);
  EXPECT_EQ(ReadOne(*stream).id(), "3");
  EXPECT_EQ(ReadOne(*stream).id(), "2");
  EXPECT_EQ(ReadOne(*stream).id(), "1");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(BroadcastStreamTest, AfterTheCallersCloseTheLastAnswersStillCome) {
  ControlRig rig;
  rig.node.broadcast.Hold();
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("1")));
  ASSERT_TRUE(stream->Write(Message("2")));
  stream->WritesDone();
  ASSERT_TRUE(Eventually([&] { return rig.node.broadcast.count() == 2; }));
  rig.node.broadcast.Release();
  EXPECT_EQ(ReadOne(*stream).id(), "1");
  EXPECT_EQ(ReadOne(*stream).id(), "2");
  v1::BroadcastStreamResponse none;
  EXPECT_FALSE(stream->Read(&none));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(BroadcastStreamTest, ARefusedMessageIsAnsweredAndTheStreamGoesOn) {
  ControlRig rig;
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("bad", "a b")));
  const v1::BroadcastStreamResponse refused = ReadOne(*stream);
  EXPECT_EQ(refused.id(), "bad");
  EXPECT_EQ(refused.error().code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(refused.error()), ElementsAre("broadcast.rooms[0]"));
  EXPECT_EQ(refused.results_size(), 0);
  ASSERT_TRUE(stream->Write(Message("good")));
  EXPECT_EQ(ReadOne(*stream).id(), "good");
  EXPECT_EQ(rig.node.broadcast.count(), 1u);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(BroadcastStreamTest, AMessageThatFailedInEveryRoomIsAnsweredWithItsError) {
  ControlRig rig;
  edge::RoomDelivery full;
  full.status = absl::ResourceExhaustedError("full");
  rig.node.broadcast.Answer(edge::BroadcastResult{full});
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("1")));
  const v1::BroadcastStreamResponse response = ReadOne(*stream);
  EXPECT_EQ(response.error().code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(response.results_size(), 0);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(BroadcastStreamTest, AMessageWithoutABroadcastOrWithALongIdIsRefused) {
  ControlRig rig;
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  v1::BroadcastStreamRequest empty;
  empty.set_id("empty");
  ASSERT_TRUE(stream->Write(empty));
  EXPECT_THAT(FieldsOf(ReadOne(*stream).error()),
              ElementsAre("broadcast.rooms", "broadcast.payload"));
  std::string id(254, 'x');
  id += "é";  // its second byte is the 256th
  ASSERT_TRUE(stream->Write(Message(id)));
  const v1::BroadcastStreamResponse response = ReadOne(*stream);
  EXPECT_THAT(FieldsOf(response.error()), ElementsAre("id"));
  EXPECT_EQ(response.id(), std::string(254, 'x'));
  EXPECT_EQ(rig.node.calls(), 0u);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Drives the stream by bytes: what the generated stub would not send.
class RawStream {
 public:
  explicit RawStream(ControlRig& rig) : generic_(rig.channel) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    call_ =
        generic_.PrepareCall(&context_, "/gatehouse.v1.ControlService/BroadcastStream", &queue_);
    call_->StartCall(this);
    Next();
  }
  ~RawStream() {
    context_.TryCancel();
    grpc::Status status;
    call_->Finish(&status, this);
    Next();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  v1::BroadcastStreamResponse Exchange(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    call_->Write(grpc::ByteBuffer(&slice, 1), this);
    EXPECT_TRUE(Next());
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, this);
    EXPECT_TRUE(Next());
    v1::BroadcastStreamResponse response;
    EXPECT_TRUE(ParseMessage(buffer, response).ok());
    return response;
  }

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  grpc::GenericStub generic_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST(BroadcastStreamTest, AMessageThatIsNoneIsRefusedAndTheStreamGoesOn) {
  ControlRig rig;
  RawStream stream(rig);
  const auto malformed = stream.Exchange(
      "\x0a\x01"
      "1\x12\x7f");
  EXPECT_EQ(malformed.id(), "1");
  EXPECT_EQ(malformed.error().code(), grpc::INVALID_ARGUMENT);
  const auto bad_room = stream.Exchange(
      "\x0a\x01"
      "2\x12\x03\x0a\x01\xff");
  EXPECT_EQ(bad_room.id(), "2");
  EXPECT_THAT(FieldsOf(bad_room.error()), ElementsAre("broadcast.rooms[0]"));
  const auto bad_id = stream.Exchange("\x0a\x01\xff");
  EXPECT_EQ(bad_id.id(), "");
  EXPECT_THAT(FieldsOf(bad_id.error()), ElementsAre("id"));
  EXPECT_FALSE(stream.Exchange(Message("3").SerializeAsString()).has_error());
}

TEST(BroadcastStreamTest, ReadsNoMoreWhileTooManyAreUnanswered) {
  ControlRig rig;
  rig.node.broadcast.Hold();
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  constexpr size_t kMore = 200;
  std::thread writer([&] {
    for (size_t i = 0; i < kMore; ++i) ASSERT_TRUE(stream->Write(Message(std::to_string(i))));
    stream->WritesDone();
  });
  ASSERT_TRUE(
      Eventually([&] { return rig.node.broadcast.count() == BroadcastStream::kMaxUnanswered; }));
  // A call that is answered after it shows that the stream has had time to read on, and has not.
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
  EXPECT_EQ(rig.node.broadcast.count(), BroadcastStream::kMaxUnanswered);
  rig.node.broadcast.Release();
  std::set<std::string>
      answered;  // in any order: later ones may be done while those held are released
  for (size_t i = 0; i < kMore; ++i) answered.insert(ReadOne(*stream).id());
  EXPECT_EQ(answered.size(), kMore);
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(rig.node.broadcast.count(), kMore);
}

TEST(BroadcastStreamTest, ACancelEndsItAndAnswersMayComeLate) {
  ControlRig rig;
  rig.node.broadcast.Hold();
  {
    Context context;
    const auto stream = rig.stub->BroadcastStream(&context);
    ASSERT_TRUE(stream->Write(Message("1")));
    ASSERT_TRUE(Eventually([&] { return rig.node.broadcast.count() == 1; }));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::CANCELLED);
  }
  rig.node.broadcast.Release();
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
}

TEST(BroadcastStreamTest, CancelsAndAnswersMayRace) {
  ControlRig rig;
  for (int i = 0; i < 100; ++i) {
    Context context;
    const auto stream = rig.stub->BroadcastStream(&context);
    std::thread cancel([&] { context.TryCancel(); });
    for (int message = 0; message < 5 && stream->Write(Message("x")); ++message) {
    }
    cancel.join();
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::CANCELLED);
  }
}

TEST(BroadcastStreamTest, ADrainEndsIdleStreamsAtOnce) {
  ControlRig rig;
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("1")));
  ReadOne(*stream);
  const auto begin = std::chrono::steady_clock::now();
  rig.server->Drain();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "draining");
  EXPECT_EQ(ReasonOf(status), "NODE_LEAVING");
}

TEST(BroadcastStreamTest, ADrainWaitsForTheAnswersToWhatWasRead) {
  ControlRig rig;
  rig.node.broadcast.Hold();
  Context context;
  const auto stream = rig.stub->BroadcastStream(&context);
  ASSERT_TRUE(stream->Write(Message("1")));
  ASSERT_TRUE(Eventually([&] { return rig.node.broadcast.count() == 1; }));
  std::thread drain([&] { rig.server->Drain(); });
  ASSERT_TRUE(Eventually([&] { return !rig.CallJson("GetNodes", "{}").ok(); }));
  rig.node.broadcast.Release();
  EXPECT_EQ(ReadOne(*stream).id(), "1");
  EXPECT_EQ(stream->Finish().error_code(), grpc::UNAVAILABLE);
  drain.join();
}

}  // namespace
}  // namespace control
