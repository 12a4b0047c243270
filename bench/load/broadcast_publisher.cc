#include <grpcpp/grpcpp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "bench/load/crowd.h"
#include "bench/load/publisher.h"
#include "bench/net/fail.h"
#include "gatehouse/v1/control.grpc.pb.h"

namespace bench {
namespace {

using gatehouse::v1::BroadcastRequest;
using gatehouse::v1::BroadcastResponse;
using gatehouse::v1::BroadcastStreamRequest;
using gatehouse::v1::BroadcastStreamResponse;
using gatehouse::v1::ControlService;

std::unique_ptr<ControlService::Stub> Connect(const std::string& address) {
  return ControlService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

// Brings answers from gRPC's threads to the loop's.
class AnswerQueue final : public Endpoint {
 public:
  AnswerQueue(EventLoop& loop, AnswerListener& listener)
      : loop_(loop), fd_(Check(::eventfd(0, EFD_NONBLOCK), "eventfd")), listener_(listener) {
    loop_.Add(fd_, *this, EPOLLIN);
  }
  ~AnswerQueue() override {
    loop_.Remove(fd_);
    ::close(fd_);
  }

  // Any thread. `error`: the call failed.
  void Post(uint64_t number, size_t matched, std::string error) {
    const std::lock_guard lock(mutex_);
    answers_.push_back({number, matched, std::move(error)});
    if (answers_.size() == 1) ::eventfd_write(fd_, 1);
  }

  void OnEvents(uint32_t) override {
    eventfd_t count;
    ::eventfd_read(fd_, &count);
    std::vector<Answer> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(answers_);
    }
    for (const Answer& answer : taken) {
      if (!answer.error.empty()) Fail("Broadcast: {}", answer.error);
      listener_.OnAnswer(answer.number, answer.matched);
    }
  }

 private:
  struct Answer {
    uint64_t number;
    size_t matched;
    std::string error;
  };
  EventLoop& loop_;
  const int fd_;
  AnswerListener& listener_;
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

class BroadcastPublisher final : public Publisher {
 public:
  BroadcastPublisher(EventLoop& loop, const std::string& address, Crowd& crowd,
                     AnswerListener& listener)
      : crowd_(crowd), answers_(loop, listener), stub_(Connect(address)) {}
  // A call whose answer has been taken may still be ending on gRPC's thread.
  ~BroadcastPublisher() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return calls_ == 0; });
  }

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    auto* const call = new Call;
    call->request.add_rooms(crowd_.target().RoomName(room));
    call->request.set_json(json.data(), json.size());
    {
      const std::lock_guard lock(mutex_);
      ++calls_;
    }
    stub_->async()->Broadcast(&call->context, &call->request, &call->response,
                              [this, call, number](const grpc::Status& status) {
                                const bool ok = status.ok() && call->response.results_size() == 1;
                                answers_.Post(number, ok ? call->response.results(0).queued() : 0,
                                              ok ? "" : status.error_message() + " ");
                                delete call;
                                const std::lock_guard lock(mutex_);
                                if (--calls_ == 0) ended_.notify_all();
                              });
  }

 private:
  struct Call {
    grpc::ClientContext context;
    BroadcastRequest request;
    BroadcastResponse response;
  };
  Crowd& crowd_;
  AnswerQueue answers_;
  std::unique_ptr<ControlService::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t calls_ = 0;
};

class StreamPublisher final
    : public Publisher,
      public grpc::ClientBidiReactor<BroadcastStreamRequest, BroadcastStreamResponse> {
 public:
  StreamPublisher(EventLoop& loop, const std::string& address, Crowd& crowd,
                  AnswerListener& listener)
      : crowd_(crowd), answers_(loop, listener), stub_(Connect(address)) {
    stub_->async()->BroadcastStream(&context_, this);
    StartRead(&response_);
    StartCall();
  }
  ~StreamPublisher() override {
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done_; });
  }

  void Publish(uint64_t number, size_t room, std::string_view json) override {
    BroadcastStreamRequest request;
    request.set_id(std::to_string(number));
    request.mutable_broadcast()->add_rooms(crowd_.target().RoomName(room));
    request.mutable_broadcast()->set_json(json.data(), json.size());
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
    if (waiting_.size() == 1) StartWrite(&waiting_.front());
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    waiting_.pop_front();
    if (ok && !waiting_.empty()) StartWrite(&waiting_.front());
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const bool good = response_.results_size() == 1 && !response_.has_error();
    answers_.Post(std::stoull(response_.id()), good ? response_.results(0).queued() : 0,
                  good ? "" : response_.error().message() + " ");
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    if (status.error_code() != grpc::StatusCode::CANCELLED) {
      answers_.Post(0, 0, "the stream has ended: " + status.error_message());
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    ended_.notify_all();
  }

 private:
  Crowd& crowd_;
  AnswerQueue answers_;
  std::unique_ptr<ControlService::Stub> stub_;
  grpc::ClientContext context_;
  BroadcastStreamResponse response_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::deque<BroadcastStreamRequest> waiting_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Publisher> MakeBroadcastPublisher(EventLoop& loop, const std::string& address,
                                                  Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<BroadcastPublisher>(loop, address, crowd, listener);
}

std::unique_ptr<Publisher> MakeStreamPublisher(EventLoop& loop, const std::string& address,
                                               Crowd& crowd, AnswerListener& listener) {
  return std::make_unique<StreamPublisher>(loop, address, crowd, listener);
}

}  // namespace bench
