#include "control/attach_stream.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Stream = grpc::ClientReaderWriter<v1::AttachRequest, v1::AttachResponse>;

v1::AttachRequest Hello(const std::string& service = "app", uint32_t max_in_flight = 0) {
  v1::AttachRequest request;
  request.mutable_hello()->set_service(service);
  request.mutable_hello()->set_worker("w-1");
  request.mutable_hello()->set_max_in_flight(max_in_flight);
  return request;
}

v1::AttachRequest Answer(uint64_t question) {
  v1::AttachRequest request;
  request.mutable_answer()->set_question(question);
  request.mutable_answer()->mutable_on_join()->mutable_allow();
  return request;
}

v1::AttachResponse Question(uint64_t id) {
  v1::AttachResponse response;
  response.mutable_question()->set_id(id);
  response.mutable_question()->mutable_on_join()->set_room("chat:1");
  return response;
}

// A call of Attach by a worker.
class Worker {
 public:
  explicit Worker(ControlRig& rig, std::string_view key = "") {
    if (!key.empty()) context_.AddMetadata("authorization", "Bearer " + std::string(key));
    stream_ = rig.stub->Attach(&context_);
  }
  ~Worker() {
    if (ended_) return;
    Cancel();
    End();
  }
  bool Say(const v1::AttachRequest& request) { return stream_->Write(request); }
  v1::AttachResponse Read() {
    v1::AttachResponse response;
    EXPECT_TRUE(stream_->Read(&response));
    return response;
  }
  void CloseSide() { stream_->WritesDone(); }
  void Cancel() { context_.TryCancel(); }
  // How it ends, when nothing more comes.
  grpc::Status End() {
    ended_ = true;
    v1::AttachResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  Context context_;
  std::unique_ptr<Stream> stream_;
  bool ended_ = false;
};

// A worker that the node has taken as its first.
std::unique_ptr<Worker> Attached(ControlRig& rig, uint32_t max_in_flight = 0) {
  auto worker = std::make_unique<Worker>(rig);
  EXPECT_TRUE(worker->Say(Hello("app", max_in_flight)));
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.count() == 1; }));
  return worker;
}

TEST(AttachStreamTest, CarriesQuestionsAndAnswers) {
  ControlRig rig;
  const auto worker = Attached(rig, 9);
  const auto attached = rig.node.workers.at(0);
  EXPECT_EQ(attached.command.service, "app");
  EXPECT_EQ(attached.command.worker, "w-1");
  EXPECT_EQ(attached.command.max_in_flight, 9U);
  attached.stream->Send(Question(1));
  attached.stream->Send(Question(2));
  EXPECT_EQ(worker->Read().question().on_join().room(), "chat:1");
  EXPECT_EQ(worker->Read().question().id(), 2U);
  EXPECT_TRUE(worker->Say(Answer(2)));
  EXPECT_TRUE(worker->Say(Answer(1)));
  ASSERT_TRUE(Eventually([&] { return rig.node.workers.at(0).answers.size() == 2; }));
  EXPECT_EQ(rig.node.workers.at(0).answers[0].question(), 2U);
  EXPECT_TRUE(rig.node.workers.at(0).answers[1].on_join().has_allow());
  attached.stream->End(absl::OkStatus());
  EXPECT_TRUE(worker->End().ok());
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.at(0).gone; }));
}

TEST(AttachStreamTest, AWorkerThatSaysNoNumberTakesTheDefault) {
  ControlRig rig;
  const auto worker = Attached(rig);
  EXPECT_EQ(rig.node.workers.at(0).command.max_in_flight, AttachStream::kDefaultInFlight);
}

TEST(AttachStreamTest, TheFirstMessageIsAHello) {
  ControlRig rig;
  Worker worker(rig);
  worker.Say(Answer(1));
  const grpc::Status status = worker.End();
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("hello"));
  Worker silent(rig);
  silent.CloseSide();
  EXPECT_EQ(silent.End().error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(rig.node.workers.count(), 0U);
}

TEST(AttachStreamTest, AHelloNamesWhatIsWrongWithIt) {
  const auto field_of = [](const v1::AttachRequest& hello) {
    ControlRig rig;
    Worker worker(rig);
    worker.Say(hello);
    const grpc::Status status = worker.End();
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
    return FieldsOf(status);
  };
  EXPECT_THAT(field_of(Hello("")), ElementsAre("hello.service"));
  EXPECT_THAT(field_of(Hello("app", 1001)), ElementsAre("hello.max_in_flight"));
  v1::AttachRequest named = Hello();
  named.mutable_hello()->set_worker(std::string(256, 'w'));
  EXPECT_THAT(field_of(named), ElementsAre("hello.worker"));
  named.mutable_hello()->set_worker("a\nb");
  EXPECT_THAT(field_of(named), ElementsAre("hello.worker"));
}

TEST(AttachStreamTest, ASecondHelloEndsIt) {
  ControlRig rig;
  const auto worker = Attached(rig);
  worker->Say(Hello());
  EXPECT_EQ(worker->End().error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.at(0).gone; }));
}

TEST(AttachStreamTest, WhatTheNodeRefusesIsTheCallsStatus) {
  for (const absl::Status& refusal :
       {absl::NotFoundError("no such service"), absl::FailedPreconditionError("has endpoints"),
        absl::ResourceExhaustedError("128 workers")}) {
    ControlRig rig;
    rig.node.workers.Refuse(refusal);
    Worker worker(rig);
    worker.Say(Hello());
    const grpc::Status status = worker.End();
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(refusal.code()));
    EXPECT_EQ(status.error_message(), refusal.message());
  }
}

TEST(AttachStreamTest, AnAnswerThatTheNodeRefusesEndsIt) {
  ControlRig rig;
  const auto worker = Attached(rig);
  rig.node.workers.RefuseAnswers(absl::InvalidArgumentError("too many"));
  worker->Say(Answer(1));
  EXPECT_EQ(worker->End().error_code(), grpc::INVALID_ARGUMENT);
}

TEST(AttachStreamTest, OneThatLeavesMayStillAnswer) {
  ControlRig rig;
  const auto worker = Attached(rig);
  v1::AttachRequest leave;
  leave.mutable_leave();
  EXPECT_TRUE(worker->Say(leave));
  ASSERT_TRUE(Eventually([&] { return rig.node.workers.at(0).leaving; }));
  EXPECT_TRUE(worker->Say(Answer(1)));
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.at(0).answers.size() == 1; }));
  EXPECT_FALSE(rig.node.workers.at(0).gone);
}

TEST(AttachStreamTest, OneThatClosesItsSideHasGone) {
  ControlRig rig;
  const auto worker = Attached(rig);
  worker->CloseSide();
  EXPECT_TRUE(worker->End().ok());
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.at(0).gone; }));
}

TEST(AttachStreamTest, OneThatIsCancelledHasGone) {
  ControlRig rig;
  const auto worker = Attached(rig);
  const auto stream = rig.node.workers.at(0).stream;
  worker->Cancel();
  EXPECT_TRUE(Eventually([&] { return rig.node.workers.at(0).gone; }));
  stream->Send(Question(1));  // what comes late is dropped
  EXPECT_EQ(worker->End().error_code(), grpc::CANCELLED);
}

TEST(AttachStreamTest, CancelsAndQuestionsMayRace) {
  ControlRig rig;
  for (size_t i = 0; i < 50; ++i) {
    Worker worker(rig);
    ASSERT_TRUE(worker.Say(Hello()));
    ASSERT_TRUE(Eventually([&] { return rig.node.workers.count() == i + 1; }));
    const auto stream = rig.node.workers.at(i).stream;
    std::thread asks([&] {
      for (uint64_t id = 1; id <= 20; ++id) stream->Send(Question(id));
    });
    worker.Cancel();
    asks.join();
    EXPECT_EQ(worker.End().error_code(), grpc::CANCELLED);
  }
}

TEST(AttachStreamTest, ADrainTellsItToComeBack) {
  ControlRig rig;
  const auto worker = Attached(rig);
  const auto begin = std::chrono::steady_clock::now();
  rig.server->Drain();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  const grpc::Status status = worker->End();
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "NODE_LEAVING");
  EXPECT_TRUE(rig.node.workers.at(0).gone);
}

gatehouse::v1::ControlSettings KeySettings(const std::function<void(v1::ApiKeySettings&)>& adjust) {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  auto& key = *settings.add_api_keys();
  key.set_name("worker");
  key.set_sha256(Sha256Hex("the-key"));
  adjust(key);
  return settings;
}

TEST(AttachStreamTest, AKeyNeedsTheRpc) {
  ControlRig may(KeySettings([](auto& key) { key.add_rpcs("Attach"); }));
  Worker worker(may, "the-key");
  EXPECT_TRUE(worker.Say(Hello()));
  EXPECT_TRUE(Eventually([&] { return may.node.workers.count() == 1; }));
  Worker stranger(may, "another");
  EXPECT_EQ(stranger.End().error_code(), grpc::UNAUTHENTICATED);
  ControlRig may_not(KeySettings([](auto& key) { key.add_rpcs("Broadcast"); }));
  Worker denied(may_not, "the-key");
  EXPECT_EQ(denied.End().error_code(), grpc::PERMISSION_DENIED);
}

TEST(AttachStreamTest, AKeyForSomeRoomsMayNotAttach) {
  ControlRig rig(KeySettings([](auto& key) { key.add_rooms("chat:"); }));
  Worker worker(rig, "the-key");
  const grpc::Status status = worker.End();
  EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "ROOM_NOT_ALLOWED");
}

}  // namespace
}  // namespace control
